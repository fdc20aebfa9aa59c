"""Stack traces as the runtimes of eight languages print them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.render.traces import Trace, read_trace

JAVA = """java.lang.RuntimeException: while checking out
\tat com.acme.App.main(App.java:9)
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: java.lang.IllegalStateException: cart is "full": 3
\tat com.acme.App$Cart.add(App.java:3)
\t... 1 more"""
PYTHON = """Traceback (most recent call last):
  File "/srv/a.py", line 3, in f
    int("x")
ValueError: invalid literal

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/a.py", line 9, in <module>
    f()
    ^^^
  File "/srv/b.py", line 5, in f
    raise CartError("bad") from e
acme.errors.CartError: bad: "q\""""
NODE = """TypeError: Cannot read properties of undefined (reading 'x')
    at Object.<anonymous> (/srv/app/index.js:3:9)
    at node:internal/main/run_main_module:28:49 {
  [cause]: Error: inner
      at /srv/a.js:1:2
}"""
GO = "panic: boom\n\ngoroutine 1 [running]:\nmain.f(...)\n\t/srv/main.go:4\nmain.main()\n\t/srv/main.go:8 +0x1d"
RUBY = "app.rb:3:in `f': boom (Acme::CartError)\n\tfrom app.rb:6:in `<main>'"
DOTNET = """System.InvalidOperationException: bad
 ---> System.Exception: inner
   --- End of inner exception stack trace ---
   at Acme.Cart.Add(Int32 n) in /src/Cart.cs:line 12
   at Acme.Program.Main(String[] args)"""
RUST = "thread 'main' panicked at src/main.rs:2:5:\nboom\nnote: run with `RUST_BACKTRACE=1`"
PHP = "Stack trace:\n#0 /srv/a.php(3): f()\n#1 {main}\n  thrown in /srv/a.php on line 2"


@pytest.mark.parametrize(
    ("text", "trace"),
    [
        (JAVA, Trace(language="JAVA", exception="java.lang.RuntimeException", message="while checking out",
                     class_name="com.acme.App", file="App.java", line=9, cause=JAVA[JAVA.index("Caused"):])),
        (PYTHON, Trace(language="PYTHON", exception="acme.errors.CartError", message='bad: "q"', file="/srv/b.py",
                       line=5, cause=PYTHON[: PYTHON.index("\n\nThe above")])),
        (NODE, Trace(language="JAVASCRIPT", exception="TypeError", file="/srv/app/index.js", line=3, column=9,
                     message="Cannot read properties of undefined (reading 'x')", cause=NODE[NODE.index("  [cause]"):])),
        (GO, Trace(language="GOLANG", exception="panic", message="boom", file="/srv/main.go", line=4)),
        (RUBY, Trace(language="RUBY", exception="Acme::CartError", message="boom", file="app.rb", line=3)),
        (DOTNET, Trace(language="CSHARP", exception="System.InvalidOperationException", message="bad",
                       class_name="Acme.Cart", file="/src/Cart.cs", line=12, cause=DOTNET[DOTNET.index(" --->"):])),
        (RUST, Trace(language="RUST", message="boom", file="src/main.rs", line=2, column=5)),
        ("EndOfStreamException: x\n\tat a.b.C.d(Native Method)",
         Trace(language="JAVA", exception="EndOfStreamException", message="x", class_name="a.b.C", file="Native Method")),
    ],
    ids=["java", "python", "node", "go", "ruby", "dotnet", "rust", "native"],
)  # fmt: skip
def test_what_a_trace_says(text, trace):
    assert read_trace(text) == trace


def test_the_error_may_be_named_in_the_message_above():
    found = read_trace(PHP, "Uncaught App\\CartError: it is full")
    assert found == Trace(
        language="PHP", exception="App\\CartError", message="it is full", file="/srv/a.php", line=3
    )


@pytest.mark.parametrize(
    "text", ["", "lines", "  indented\n  text", "at noon (see a:1)", '  "a": 1,\n}', "x: y\n"]
)
def test_other_lines_are_no_trace(text):
    assert read_trace(text) is None


def test_a_language_that_is_asked_for_takes_no_other():
    assert read_trace(JAVA, language="JAVA") is not None
    assert read_trace(JAVA, language="PYTHON") is None


@given(st.text(alphabet="at (.:)\n\t#0{}'`\"File,lne1Er/[]-> C", max_size=300), st.text(max_size=20))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read(text, message):
    found = read_trace(text, message)
    assert found is None or found.language


@pytest.mark.parametrize(
    "unit",
    [
        "\n",
        "\tat a",
        " at a.b(",
        "at a.a.",
        ": ",
        ":in `",
        ":in `': ",
        "#0 ",
        '  File "',
        "(A",
        "Caused by: ",
        "x.",
        " ",
    ],
)
@pytest.mark.parametrize("end", ["", "\n\tat a.b.C.d(E.java:1)", "\na.rb:1:in `x'", '\n  File "a", line 1'])
def test_a_hostile_trace_takes_linear_time(unit, end):
    # 200,000 characters: whatever takes quadratic time would not end within the time of a test run.
    read_trace(unit * (200_000 // len(unit)) + end)
