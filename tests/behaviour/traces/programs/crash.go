package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"time"
)

type refused struct{ n int }

func (r refused) Error() string { return fmt.Sprintf("no order %d:\n- no customer\n\n- no basket", r.n) }

func refuse() { panic(refused{7}) }
func recovered() {
	defer func() { r := recover(); panic(fmt.Errorf("wrapped:\n%w", r.(error))) }()
	refuse()
}
func null()     { var m *refused; _ = m.n }
func deadlock() { log.Print("waiting"); var w sync.WaitGroup; w.Add(1); w.Wait() }
func locked()   { var m sync.Mutex; m.Unlock() }
func several() {
	for i := 0; i < 3; i++ {
		go func() { select {} }()
	}
	time.Sleep(20 * time.Millisecond)
	refuse()
}
func served() {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { refuse() }))
	_, err := http.Get(s.URL)
	log.Print("the answer: ", err != nil)
}
func text() { panic("one\ntwo") }
func logged() { log.Panicf("one: %v", errors.New("a\nb")) }

func main() {
	log.SetOutput(os.Stderr)
	log.Print("started")
	all := map[string]func(){"refuse": refuse, "recovered": recovered, "null": null, "deadlock": deadlock,
		"locked": locked, "several": several, "served": served, "text": text, "logged": logged}
	all[os.Args[1]]()
	log.Print("the end")
}
