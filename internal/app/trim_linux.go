package app

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// trimAfter is how long after the start the site gives back what only starting
// needed.
const trimAfter = 20 * time.Second

// trim takes the pages of the program's own file out of the process's memory,
// once: starting touches most of them, serving few, and those come back from the
// system's cache as they are used. Only what is never written is taken.
func (s *site) trim(ctx context.Context) {
	select {
	case <-time.After(trimAfter):
	case <-ctx.Done():
		return
	}
	if err := dropCode(); err != nil {
		s.log.Debug("memory of the start was kept", "err", err)
	}
}

func dropCode() error {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("read own memory map: %w", err)
	}
	defer maps.Close()
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		var from, to uintptr
		var mode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); err != nil || !strings.HasSuffix(lines.Text(), " "+self) {
			continue
		}
		if mode != "r-xp" && mode != "r--p" {
			continue
		}
		if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED); errno != 0 {
			return fmt.Errorf("give memory back: %w", errno)
		}
	}
	return lines.Err()
}
