package apiclient

import (
	"net"
	"net/http"
	"time"
)

// NewReadTransport returns the transport for reads, for those who want to wrap it:
// connections are kept and shared, HTTP/2 where it is offered, and nothing waits
// longer than attempt for the head of an answer. Who wraps it for traces must see
// to it that no URL is traced: those of [EntitiesService.Get], [IdentitiesService.XID]
// and [IdentitiesService.Cluster] name people.
func NewReadTransport(attempt time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  attempt,
		MaxResponseHeaderBytes: 256 << 10,
		ReadBufferSize:         16 << 10,
	}
}

// NewWriteTransport returns a transport that sends each request once.
//
// net/http repeats a request by itself when a kept connection turns out to be
// dead, if it takes the method for repeatable or knows how to rewind the body; over HTTP/2 it
// also does so when the server refuses a stream. So every write gets a connection
// of its own, over HTTP/1.1, that is closed afterwards: on a fresh connection
// net/http has nothing to repeat. TLS and proxy settings are those of like where that is an
// *http.Transport, and the defaults otherwise.
//
// It follows no redirect, as no RoundTripper does.
func NewWriteTransport(like http.RoundTripper) *http.Transport {
	t, ok := ownedTransport(like)
	if ok {
		t = t.Clone()
	} else {
		t = NewReadTransport(DefaultAttemptTimeout)
	}
	t.DisableKeepAlives = true
	t.ForceAttemptHTTP2 = false
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.TLSNextProto = nil
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.NextProtos = nil
	}
	return t
}
