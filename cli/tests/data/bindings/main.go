// SPDX-License-Identifier: Apache-2.0 OR MIT

// Prints the maps of the package `kinds`, as every other language does.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"example/kinds"
)

func main() {
	plain, err := kinds.OpenPlain(os.Args[1])
	if errors.Is(err, kinds.ErrLayout) {
		os.Exit(3)
	}
	if err == nil {
		err = kinds.EachPlain(plain, func(key kinds.PlainKey, values []kinds.PlainValue) error {
			v, set := values[0], 0
			if v.IsSet {
				set = 1
			}
			fmt.Printf("%d %d %d,%d %x %d %d %d,%d,%d %s %d %d\n", key.Type, key.Few, key.Raw[0], key.Raw[1],
				key.Grid, v.Large, v.Negative, v.Several[0], v.Several[1], v.Several[2], v.Text, set, v.Small)
			return nil
		})
	}
	var each *kinds.Reader
	if err == nil {
		each, err = kinds.OpenEachCpu(os.Args[1])
	}
	if err == nil {
		err = kinds.EachEachCpu(each, func(key kinds.EachCpuKey, values []kinds.EachCpuValue) error {
			all := make([]string, len(values))
			for i, v := range values {
				all[i] = fmt.Sprint(v.Value)
			}
			fmt.Printf("%d: %s\n", key.Number, strings.Join(all, " "))
			return nil
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
