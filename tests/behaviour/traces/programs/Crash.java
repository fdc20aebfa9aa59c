import java.util.logging.*;
public class Crash {
  static class Communications extends java.sql.SQLException {
    Communications(String m, Throwable c) { super(m, "08S01", c); }
  }
  static void connect() throws Exception {
    try { throw new java.net.ConnectException("Connection refused"); }
    catch (Exception e) { throw new Communications("Communications link failure\n\nThe last packet sent successfully to the server was 0 milliseconds ago. The driver has not received any packets from the server.", e); }
  }
  static void nested() {
    RuntimeException outer;
    try { connect(); return; } catch (Exception e) {
      outer = new IllegalStateException("could not start:\n- no database\n- no cache", e);
    }
    outer.addSuppressed(new java.io.IOException("while closing:\nbroken pipe\n\ngiven up"));
    throw outer;
  }
  public static void main(String[] a) throws Exception {
    Logger log = Logger.getLogger("shop");
    log.info("started");
    try { connect(); } catch (Exception e) { log.log(Level.SEVERE, "request 7 failed", e); }
    try { nested(); } catch (Exception e) { log.log(Level.WARNING, "request 8 failed\nwith the order:\n{\n  \"id\": 8\n}", e); }
    log.info("between: nothing (here)");
    try { nested(); } catch (Exception e) { e.printStackTrace(); }
    log.info("after");
    Thread t = new Thread(Crash::nested, "worker-1"); t.start(); t.join();
    log.info("the last one");
    throw new AssertionError("expected:\n  <1>\nbut was:\n  <2>");
  }
}
