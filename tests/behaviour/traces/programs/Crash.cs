using System; using System.Threading.Tasks;
class Refused : Exception { public Refused(string m, Exception i = null) : base(m, i) {} }
static class Shop {
  static void Log(string level, string text, Exception e = null) =>
    Console.WriteLine($"2026-01-02 03:04:05.678 [{level}] {text}" + (e == null ? "" : Environment.NewLine + e));
  static void Refuse() { throw new Refused("no order 7:\n- no customer\n\n- no basket"); }
  static void Wrapped() { try { Refuse(); } catch (Exception e) { throw new InvalidOperationException("wrapped:\nsecond line", e); } }
  static void Several() { Task.WaitAll(Task.Run((Action)Refuse), Task.Run((Action)Wrapped)); }
  static void Main() {
    foreach (var f in new Action[] { Refuse, Wrapped, Several }) {
      Log("INF", "calling " + f.Method.Name);
      try { f(); } catch (Exception e) { Log("ERR", f.Method.Name + " failed", e); }
    }
    Log("INF", "between: nothing (here)");
    try { Wrapped(); } catch (Exception e) { Log("WRN", "a text\nof several lines", e); }
    Log("INF", "the last one");
    Wrapped();
  }
}
