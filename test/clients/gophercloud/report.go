package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"

	"github.com/gophercloud/gophercloud/v2"
)

// What a check that failed panics with.
type problem string

func fail(format string, values ...any) { panic(problem(fmt.Sprintf(format, values...))) }

func equal(actual, expected any) {
	if !reflect.DeepEqual(actual, expected) {
		fail("%#v, expected %#v", actual, expected)
	}
}

// must is the value of a call that may not fail.
func must[T any](value T, err error) T {
	done(err)
	return value
}

func done(err error) {
	if err != nil {
		fail("%v", err)
	}
}

// refused asks for an error with this code.
func refused(code int, err error) {
	if !gophercloud.ResponseCodeIs(err, code) {
		fail("%v, expected %d %s", err, code, http.StatusText(code))
	}
}

func check(what string, body func()) {
	line := map[string]any{"what": "gophercloud: " + what, "problem": nil}
	defer func() {
		if raised := recover(); raised != nil {
			line["problem"] = fmt.Sprint(raised)
		}
		done(json.NewEncoder(os.Stdout).Encode(line))
	}()
	body()
}
