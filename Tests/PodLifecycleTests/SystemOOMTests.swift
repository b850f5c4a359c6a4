import PodLifecycle
import Testing

/// Lines of the kernel's log that tell that its memory ran out.
struct SystemOOMTests {
    @Test(
        arguments: [
            ("Out of memory: Killed process 4711 (a (b)) total-vm:9kB, anon-rss:8kB, UID:0", "a (b)", 4711),
            ("Out of memory: Kill process 12 (java) score 9 or sacrifice child", "java", 12),
            ("Memory cgroup out of memory: Killed process 4711 (tail) total-vm:9kB", nil, 0),
            ("oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),global_oom,task=java,pid=12,uid=0", nil, 0),
            ("Out of memory: Killed process ", nil, 0),
            ("", nil, 0),
        ] as [(String, String?, Int32)])
    func aLineOfTheKernel(_ message: String, _ name: String?, _ processID: Int32) {
        let found = SystemOOM(message: message)
        #expect(found?.processName == name)
        #expect((found?.processID ?? 0) == processID)
    }
}
