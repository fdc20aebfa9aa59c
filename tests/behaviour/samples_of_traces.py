"""Traces of each language as records: excerpts of logs, and what no program at hand could write."""

from __future__ import annotations

TRACES = {
    "indent": ["top\n  second\n\tthird"],
    "java": [
        (
            "2026-01-01 ERROR request failed\njava.lang.IllegalStateException: broken\n"
            "\tat com.acme.Shop.buy(Shop.java:12)\n\t... 3 more\nCaused by: java.io.IOException: disk\n"
            "\tat com.acme.Disk.write(Disk.java:7)\n\tSuppressed: java.lang.Error: x"
        ),
        'Exception in thread "main" java.lang.NullPointerException\n\tat com.acme.Main.main(Main.java:3)',
    ],
    "python": [
        (
            "ERROR:root:failed\nTraceback (most recent call last):\n"
            "  File \"a.py\", line 1, in <module>\n    run()\nKeyError: 'x'\n\n"
            "During handling of the above exception, another exception occurred:\n\n"
            "Traceback (most recent call last):\n"
            '  File "a.py", line 3, in <module>\n    raise ValueError("y")\nValueError: y'
        ),
        'WARN again\nTraceback (most recent call last):\n  File "b.py", line 1, in f\n    g()\nmy.pkg.Odd',
    ],
    "go": [
        (
            "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\n"
            "main.f(...)\n\t/src/main.go:8\nmain.main()\n\t/src/main.go:4 +0x1d\nexit status 2"
        ),
        (
            "http: panic serving 127.0.0.1:1: boom\ngoroutine 7 [running]:\n"
            "net/http.(*conn).serve.func1(0xc0)\n\t/go/server.go:1801 +0xb9\ncreated by net/http.(*Server).Serve\n"
            "\t/go/server.go:2969 +0x36c"
        ),
        (  # the record that a panic's message of several lines leaves behind it
            "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x64c982]\n\ngoroutine 1 [running]:\n"
            "main.(*T[...]).M(0xc000014020?, 0x6c2b3d?)\n\t/src/main.go:5 +0x2\npanic({0x6a2d80, 0xc000114018})\n"
            "\t/usr/lib/go-1.19/src/runtime/panic.go:884 +0x212\nmain.main()\n\t/src/main.go:17 +0x205\nexit status 2"
        ),
    ],
    "ruby": [
        "app.rb:3:in `block': undefined method (NoMethodError)\n\tfrom app.rb:1:in `each'\n\tfrom app.rb:1:in `<main>'",
        "E, failed: divided by 0\nlib/calc.rb:10:in `div'\nlib/calc.rb:2:in 'Calc#run'",
        (  # full_message with a cause, Ruby 3.1
            "app.rb:6:in `rescue in <main>': wrapped (RuntimeError)\n\tfrom app.rb:6:in `<main>'\n"
            "app.rb:2:in `a': bad (ArgumentError)\n\tfrom app.rb:6:in `<main>'"
        ),
        (
            "#<Thread:0x00007f275ed77b70 app.rb:10 run> terminated with exception (report_on_exception is true):\n"
            "app.rb:10:in `block in dies': undefined method `foo' for nil:NilClass (NoMethodError)\n\n"
            "  nil.foo\n     ^^^^\n\tfrom app.rb:9:in `dies'"
        ),
    ],
    "node": [
        (
            "[Nest] 1  - 01/02/2026, 3:04:05 AM   ERROR [ExceptionsHandler] bad\nTypeError: bad\n"
            "    at f (/srv/a.js:3:4)\n    at async g (/srv/a.js:5:6)"
        ),
        "TypeError: x is not a function\n    at run (/app/a.js:1:2)\n    at main (/app/b.js:3:4) {\n  code: 'E'\n}",
        "/app/a.js:10\n    throw new Error('boom')\n    ^\n\nError: boom\n    at run (/app/a.js:10:5)",
        (  # an error class of one's own, thrown where nothing is indented; Node.js 20
            "/app/a.js:7\nfs.readFile('/x', () => { throw new Refused('no') });\n                          ^\n\n"
            "Refused: no\n    at ReadFileContext.callback (/app/a.js:7:32) {\n  code: 'E_X'\n}\n\nNode.js v20.20.2"
        ),
        (
            "node:internal/process/promises:288\n            triggerUncaughtException(err, true);\n            ^\n\n"
            "[UnhandledPromiseRejection: This error originated by throwing inside of an async function.] {\n"
            "  code: 'ERR_UNHANDLED_REJECTION'\n}\n\nNode.js v20.20.2"
        ),
    ],
    "dotnet": [
        (
            "fail: request 7\nSystem.InvalidOperationException: bad\n   at Acme.Shop.Buy() in /src/Shop.cs:line 4\n"
            " ---> System.IO.IOException: disk\n   --- End of inner exception stack trace ---\n"
            "--- End of stack trace from previous location ---\n   at Acme.Main()"
        ),
    ],
    "php": [
        (
            "PHP Fatal error:  Uncaught Exception: boom in /app/a.php:3\nStack trace:\n#0 /app/a.php(7): f()\n"
            "#1 {main}\n  thrown in /app/a.php on line 3"
        ),
        (
            "InvalidArgumentException: bad in /app/a.php:3\nStack trace:\n#0 /app/a.php(5): a()\n#1 {main}\n\n"
            "Next RuntimeException: wrapped in /app/a.php:5\nStack trace:\n#0 {main}"
        ),
        "PHP Warning:  odd in /app/b.php\nPHP Stack trace:\nPHP   1. {main}() /app/b.php:0",
        (  # Laravel's default
            '[2026-01-02 03:04:05] local.ERROR: no order {"userId":1,"exception":"[object] (App\\\\Refused(code: 0): no\n'
            "order 7 at /srv/app/Order.php:3)\n[stacktrace]\n#0 /srv/index.php(4): f()\n#1 {main}\n\n"
            "[previous exception] [object] (TypeError(code: 0): bad\nvalue at /srv/app/Order.php:9)\n"
            '[stacktrace]\n#0 {main}\n"} '
        ),
        (
            '[2026-01-02T03:04:05.1+00:00] app.CRITICAL: bad {"exception":"[object] (Foo(code: 0): bad at /srv/a.php:3)\n'
            '[stacktrace]\n#0 /srv/b.php(4): f()\n#1 {main}\n"} {"uid":"f00"}'
        ),
    ],
    "rust": [
        (
            "thread 'main' panicked at src/main.rs:2:5:\nboom\nstack backtrace:\n   0: rust_begin_unwind\n"
            "             at /rustc/library/std/src/panicking.rs:617:5\nnote: run with `RUST_BACKTRACE=full`"
        ),
    ],
    "dart": [
        (
            "Unhandled exception:\nBad state: no element\n#0      main (file:///app.dart:3:5)\n<asynchronous suspension>\n"
            "#1      _start (dart:isolate:1)"
        ),
    ],
}
