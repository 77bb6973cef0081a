package app

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

var fileBacked = regexp.MustCompile(`RssFile:\s+(\d+) kB`)

func TestDropCodeFreesPages(t *testing.T) {
	resident := func() int {
		text, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		kb, err := strconv.Atoi(string(fileBacked.FindSubmatch(text)[1]))
		if err != nil {
			t.Fatal(err)
		}
		return kb
	}
	before := resident()
	if err := dropCode(); err != nil {
		t.Fatal(err)
	}
	if after := resident(); after >= before {
		t.Errorf("%d kB of the program's file are resident after dropCode, %d before", after, before)
	}
}
