package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// every line says who it is, is of a given length in bytes, and ends with "."
func line(name string, n int) string {
	head := name + ":"
	if n <= len(head)+1 {
		return strings.Repeat("x", n)
	}
	return head + strings.Repeat("x", n-len(head)-1) + "."
}
func out(s string) { os.Stdout.WriteString(s) }
func err(s string) { os.Stderr.WriteString(s) }
func pause()       { time.Sleep(30 * time.Millisecond) }

func main() {
	switch os.Args[1] {
	case "sizes":
		for i, n := range []int{0, 1, 16383, 16384, 16385, 32767, 32768, 32769, 100000, 5} {
			out(line(fmt.Sprintf("s%d", i), n) + "\n")
		}
	case "text":
		out(strings.Repeat("a", 16383) + "ü" + strings.Repeat("b", 10) + "\n") // the edge goes through the character
		out(strings.Repeat("ü", 20000) + "\n")
		out("x" + strings.Repeat("€", 12000) + "\n")
		out("windows\r\n")
		out(strings.Repeat("c", 16383) + "\r\n") // CR is the last byte of a piece
		out(strings.Repeat("d", 16384) + "\r\n")
		out("nul\x00inside\n\x00\n")
		out("bad \xff\xfe bytes\n")
		out(strings.Repeat("\xff", 16390) + "end\n")
		out("quotes \" \\ \u2028 <&> \x1b[31mred\x1b[0m\ttab\n")
	case "crash":
		out("whole\n")
		out("half a li")
		os.Exit(3)
	case "crashlong":
		out("whole\n" + line("long", 20000))
		os.Exit(3)
	case "crashedge":
		out(line("edge", 16384))
		os.Exit(3)
	case "streams":
		for i := 0; i < 3; i++ {
			out(line(fmt.Sprintf("o%d", i), 40000)[:20000])
			pause()
			err(line(fmt.Sprintf("e%d", i), 40000)[:20000])
			pause()
			out(line(fmt.Sprintf("o%d", i), 40000)[20000:] + "\n")
			pause()
			err("short " + fmt.Sprint(i) + "\n"[:0])
			pause()
			err(line(fmt.Sprintf("e%d", i), 40000)[20000:] + "\n")
			pause()
		}
	case "fast":
		var w sync.WaitGroup
		for k, f := range []func(string){out, err} {
			w.Add(1)
			go func(k int, f func(string)) {
				defer w.Done()
				for i := 0; i < 40; i++ {
					f(line(fmt.Sprintf("w%d-%03d", k, i), 1+i*1700) + "\n")
				}
			}(k, f)
		}
		w.Wait()
	case "slow": // a line that comes in parts
		out("one ")
		time.Sleep(300 * time.Millisecond)
		out("two ")
		time.Sleep(300 * time.Millisecond)
		out("three\nfour\n")
	case "many":
		for i := 0; i < 30; i++ {
			out(line(fmt.Sprintf("m%03d", i), 50000) + "\n")
			time.Sleep(5 * time.Millisecond)
		}
	}
}
