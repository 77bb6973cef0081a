// Profile Desk is a site that a team hosts for itself, over Adobe Experience
// Platform's Real-Time Customer Profile.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"profiledesk/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Main(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
