use std::fmt;
struct Refused(u8);
impl fmt::Debug for Refused { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { write!(f, "no order {}:\n- no customer\n\n- no basket", self.0) } }
fn refuse() -> Result<(), Refused> { Err(Refused(7)) }
fn info(t: &str) { println!("2026-01-02T03:04:05.678Z  INFO shop: {t}"); }
fn main() -> Result<(), Refused> {
    info("started");
    let t = std::thread::Builder::new().name("worker".into()).spawn(|| refuse().unwrap()).unwrap();
    let _ = t.join();
    info("between: nothing (here)");
    let t = std::thread::spawn(|| { let v: Vec<u8> = vec![]; v[std::env::args().count() + 5] });
    let _ = t.join();
    let t = std::thread::spawn(|| panic!("one\ntwo"));
    let _ = t.join();
    info("after");
    let _ = std::panic::catch_unwind(|| assert_eq!("a\nb", "a\nc", "they differ:\nsee above"));
    info("the last one");
    refuse()
}
