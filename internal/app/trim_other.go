//go:build !linux

package app

import "context"

// trim does nothing where the system cannot be told.
func (s *site) trim(context.Context) {}
