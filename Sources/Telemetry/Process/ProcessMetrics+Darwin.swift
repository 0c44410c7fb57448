#if canImport(Darwin)
    import Darwin

    extension ProcessMetrics {
        /// Reads the values from the kernel.
        mutating func readSystem() {
            var task = proc_taskinfo()
            if Self.read(PROC_PIDTASKINFO, into: &task) {
                residentBytes = Int(clamping: task.pti_resident_size)
                virtualBytes = Int(clamping: task.pti_virtual_size)
                threads = Int(task.pti_threadnum)
            }
            var process = proc_bsdinfo()
            if Self.read(PROC_PIDTBSDINFO, into: &process) {
                startTime = Double(process.pbi_start_tvsec) + Double(process.pbi_start_tvusec) / 1e6
            }
            openDescriptors = Self.countDescriptors()
        }

        private static func read<Info: BitwiseCopyable>(_ flavor: Int32, into info: inout Info) -> Bool {
            let size = Int32(MemoryLayout<Info>.size)
            return withUnsafeMutablePointer(to: &info) { proc_pidinfo(getpid(), flavor, 0, $0, size) } == size
        }

        private static func countDescriptors() -> Int? {
            // Without a buffer the result is the size of the table, which has room for more than is open.
            let room = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, nil, 0)
            guard room > 0 else { return nil }
            let stride = MemoryLayout<proc_fdinfo>.stride
            var descriptors = [proc_fdinfo](repeating: proc_fdinfo(), count: Int(room) / stride)
            let used = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, &descriptors, room)
            return used > 0 ? Int(used) / stride : nil
        }
    }
#endif
