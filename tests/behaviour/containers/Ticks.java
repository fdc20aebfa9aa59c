import java.util.logging.*;
public class Ticks {
  static volatile boolean over;
  public static void main(String[] a) throws Exception {
    Logger log = Logger.getLogger("shop");
    Thread t = new Thread(() -> { for (int i = 0; !over; i++) { System.out.println("2026-01-02T03:04:05Z INFO tick " + i); Thread.onSpinWait(); try { Thread.sleep(0, 200000); } catch (InterruptedException e) { } } });
    t.start();
    for (int i = 0; i < 4; i++) {
      try { Crash.nested(); } catch (Exception e) { log.log(Level.SEVERE, "order " + i + " failed: " + "x".repeat(i * 9000), e); }
    }
    over = true;
  }
}
