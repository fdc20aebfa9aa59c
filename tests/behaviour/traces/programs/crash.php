<?php
ini_set('log_errors', '1'); ini_set('display_errors', $argv[1] ?? '0'); ini_set('html_errors', '0');
if (($argv[2] ?? '') !== '') ini_set('error_log', $argv[2]);
class Refused extends RuntimeException {}
function refuse(array $order) { throw new Refused("no order 7:\n- no customer\n\n- no basket"); }
function wrapped() { try { refuse(['a' => 1]); } catch (Refused $e) { throw new LogicException("wrapped:\nsecond line", 7, $e); } }
error_log('started');
try { refuse([]); } catch (Exception $e) { error_log("request failed: $e"); }
try { wrapped(); } catch (Exception $e) { error_log((string) $e); }
error_log("a text\nof several lines");
echo $undefined;
error_log('between: nothing (here)');
trigger_error("a warning\nof two lines", E_USER_WARNING);
error_log('the last one');
wrapped();
