const stamp = () => new Date().toISOString();
const info = (t) => console.log(`${stamp()} INFO shop: ${t}`);
const bad = (t, e) => console.log(`${stamp()} ERROR shop: ${t}\n${e.stack}`);
class Refused extends Error { constructor(m, o) { super(m, o); this.name = 'Refused'; this.code = 'E_REFUSED'; } }
const fail = () => { throw new Refused('no order 7:\n- no customer\n\n- no basket'); };
const caused = () => { try { fail(); } catch (e) { throw new Error('wrapped:\nsecond line', { cause: e }); } };
const several = () => { throw new AggregateError([new TypeError('a\nb'), new Refused('c')], 'both\nfailed'); };
const missing = () => require('fs').readFileSync('/nowhere/at.all');
const assertion = () => require('assert').deepStrictEqual({ a: 1, b: [1, 2] }, { a: 2, b: [1, 3] });
for (const f of process.argv[2] ? [] : [fail, caused, several, missing, assertion]) {
  info(`calling ${f.name}`);
  try { f(); } catch (e) { bad(`${f.name} failed`, e); }
  info(`again`);
  try { f(); } catch (e) { console.log(`${stamp()} ERROR shop:`, e); }
}
info('between: nothing (here)');
try { caused(); } catch (e) { console.log(e); }
info('after console.log');
console.log(`${stamp()} WARN shop: text of\nseveral lines\n${(() => { try { fail(); } catch (e) { return e.stack; } })()}`);
info('the last one');
if (process.argv[2] === 'reject') Promise.reject({ reason: 'a\nb' }); else if (process.argv[2] === 'string') throw 'text\nof lines'; else caused();
