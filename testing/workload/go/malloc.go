// SPDX-License-Identifier: Apache-2.0 OR MIT

// Allocates a number of objects of one size in one place, and tells what Go's own
// profile says of that place.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
)

var keep [][]byte

//go:noinline
func allocate(n, size int) {
	for i := range keep[:n] {
		keep[i] = make([]byte, size)
	}
}

// The place of the profile that allocates most with allocate on its stack, with the
// return address into it. The runtime may allocate there now and then for itself, in a
// place of its own.
func profiled() (objects int64, pc uintptr) {
	records := make([]runtime.MemProfileRecord, 4096)
	n, _ := runtime.MemProfile(records, true)
	for _, record := range records[:n] {
		for _, at := range record.Stack() {
			f := runtime.FuncForPC(at - 1)
			if f != nil && f.Name() == "main.allocate" && record.AllocObjects > objects {
				objects = record.AllocObjects
				pc = at
			}
		}
	}
	return
}

func main() {
	runtime.MemProfileRate = 1
	n, _ := strconv.Atoi(os.Args[1])
	size, _ := strconv.Atoi(os.Args[2])
	keep = make([][]byte, n)
	input := bufio.NewReader(os.Stdin)
	fmt.Println(`{"ready":true}`)
	input.ReadString('\n')
	allocate(n, size)
	// The profile is complete after two collections.
	runtime.GC()
	runtime.GC()
	objects, pc := profiled()
	said, _ := json.Marshal(map[string]interface{}{
		"objects": objects, "bytes": objects * int64(size), "pc": pc,
	})
	fmt.Println(string(said))
	input.ReadString('\n')
}
