// A small service for a test: `orders PORT`. The same in Node and Python stands beside it.
package main

import (
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	handler := func(w http.ResponseWriter, r *http.Request) {
		answer := func(status int, text string) {
			w.WriteHeader(status)
			io.WriteString(w, text)
		}
		switch {
		case r.Method == "POST" && r.URL.Path == "/orders":
			io.Copy(io.Discard, r.Body)
			answer(201, "created")
		case strings.HasPrefix(r.URL.Path, "/orders/"):
			answer(200, strings.Repeat("x", 100))
		case r.URL.Path == "/fail":
			answer(500, "failed")
		case r.URL.Path == "/slow":
			time.Sleep(120 * time.Millisecond)
			answer(200, "slow")
		default:
			answer(404, "nothing")
		}
	}
	http.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(handler))
}
