#if canImport(Darwin)
    import Darwin

    /// The processes of this machine, from the kernel's process information.
    package struct SystemProcesses: ProcessTable {
        /// The table of now.
        package init() {}

        /// See `ProcessTable`.
        package func reading(of pid: Int) -> ProcessReading? {
            var process = proc_bsdinfo(), task = proc_taskinfo()
            guard Self.read(pid, PROC_PIDTBSDINFO, into: &process), Self.read(pid, PROC_PIDTASKINFO, into: &task) else {
                return nil
            }
            return ProcessReading(
                cpuSeconds: Self.seconds(task.pti_total_user + task.pti_total_system),
                residentBytes: Int(clamping: task.pti_resident_size), threads: Int(task.pti_threadnum),
                descriptors: Self.countDescriptors(pid),
                startedAt: process.pbi_start_tvsec * 1_000_000 + process.pbi_start_tvusec)
        }

        /// See `ProcessTable`.
        package func children(of pid: Int) -> [Int] {
            var pids = [pid_t](repeating: 0, count: 1_024)
            let count = proc_listchildpids(pid_t(pid), &pids, Int32(pids.count * MemoryLayout<pid_t>.stride))
            return pids.prefix(max(0, Int(count))).filter { $0 > 0 }.map(Int.init)
        }

        /// See `ProcessTable`.
        package func cores(of pid: Int) -> Int? { max(1, Int(sysconf(_SC_NPROCESSORS_ONLN))) }

        /// The kernel counts in ticks of its own clock.
        private static func seconds(_ ticks: UInt64) -> Double {
            var base = mach_timebase_info_data_t()
            guard mach_timebase_info(&base) == KERN_SUCCESS, base.denom > 0 else { return 0 }
            return Double(ticks) * Double(base.numer) / Double(base.denom) / 1e9
        }

        private static func read<Figures: BitwiseCopyable>(_ pid: Int, _ flavor: Int32, into figures: inout Figures) -> Bool {
            let size = Int32(MemoryLayout<Figures>.size)
            return withUnsafeMutablePointer(to: &figures) { proc_pidinfo(pid_t(pid), flavor, 0, $0, size) } == size
        }

        private static func countDescriptors(_ pid: Int) -> Int? {
            // Without a buffer the answer is the size of the table, with room for more than is open.
            let room = proc_pidinfo(pid_t(pid), PROC_PIDLISTFDS, 0, nil, 0)
            guard room > 0 else { return nil }
            let stride = MemoryLayout<proc_fdinfo>.stride
            var descriptors = [proc_fdinfo](repeating: proc_fdinfo(), count: Int(room) / stride)
            let used = proc_pidinfo(pid_t(pid), PROC_PIDLISTFDS, 0, &descriptors, room)
            return used > 0 ? Int(used) / stride : nil
        }
    }
#endif
