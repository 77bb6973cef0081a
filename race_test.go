//go:build race

package main

// raceFlag builds the demo with the race detector where the tests have it.
var raceFlag = []string{"-race"}
