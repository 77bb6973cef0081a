// Package contract holds the API client and the emulator against each other
// and against Adobe's OpenAPI files. It has tests alone.
//
// The tests drive every operation of the client against the emulator, and the
// emulator alone with requests that Adobe refuses, and record each exchange.
// A plain test compares the exchanges with testdata/facts.json, a table of our
// own: calls, parameters, required keys, statuses. With the build tag contract
// they are validated by the OpenAPI files in the folder AEP_SPECS, and the table
// is compared with these. What deviates is listed in exceptions_test.go with
// its reason, and an exception that nothing needs any more fails.
package contract
