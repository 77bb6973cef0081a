package audit

import "os"

// alone does nothing here: replicas on Windows need a checkpoint file each.
func alone(*os.File) error { return nil }
