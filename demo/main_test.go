package main

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"profiledesk/internal/app"
)

func TestWhatWasGivenWrongEndsWithTwo(t *testing.T) {
	for _, args := range [][]string{
		{"-only", "x"}, {"-nope"}, {"-speed", "0"}, {"-speed", "x"}, {"-site", "http://127.0.0.1:1"}, {"word"},
	} {
		if _, err := readOptions(args, io.Discard); err == nil || exitCode(err) != 2 {
			t.Errorf("%v: %v", args, err)
		}
	}
	if code := exitCode(fmt.Errorf("start: %w", &app.SettingsError{Lines: []string{"POLICY_FILE: wrong"}})); code != 2 {
		t.Errorf("a wrong policy file ends with %d", code)
	}
	if code := exitCode(errors.New("listen")); code != 1 {
		t.Errorf("an address in use ends with %d", code)
	}
	o, err := readOptions([]string{"-only", "fakes", "-site", "http://127.0.0.1:1", "-site", "http://127.0.0.1:2"}, io.Discard)
	if err != nil || len(o.sites) != 2 {
		t.Errorf("two sites: %v, %v", o.sites, err)
	}
}
