#if canImport(Darwin)
    import Darwin

    extension ProcessFigures {
        /// Fills in what the kernel tells of its own process.
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

        private static func read<Figures: BitwiseCopyable>(_ flavor: Int32, into figures: inout Figures) -> Bool {
            let size = Int32(MemoryLayout<Figures>.size)
            return withUnsafeMutablePointer(to: &figures) { proc_pidinfo(getpid(), flavor, 0, $0, size) } == size
        }

        private static func countDescriptors() -> Int? {
            // Without a buffer the answer is the size of the table, with room for more than is open.
            let room = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, nil, 0)
            guard room > 0 else { return nil }
            let stride = MemoryLayout<proc_fdinfo>.stride
            var descriptors = [proc_fdinfo](repeating: proc_fdinfo(), count: Int(room) / stride)
            let used = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, &descriptors, room)
            return used > 0 ? Int(used) / stride : nil
        }
    }
#endif
