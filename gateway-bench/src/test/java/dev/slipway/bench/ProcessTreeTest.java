package dev.slipway.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessTreeTest {
    @Test
    void timesOfAProcessAndItsEndedChildrenAreAdded() {
        String stat = "7 (sshd) S 1 7 7 0 -1 4194560 544 690 0 0 100 20 3 400 20 0 1 0 1226060 10862592 1901";
        assertThat(ProcessTree.cpuSeconds(stat)).isEqualTo(5.23);
    }

    @Test
    void aProgramsNameMayContainAnything() {
        String stat = "7 (a) S 9 (b c) S 1 7 7 0 -1 4194560 544 690 0 0 1 1 1 1 20 0 1 0 1226060 10862592 1901";
        assertThat(ProcessTree.cpuSeconds(stat)).isEqualTo(0.04);
    }

    @Test
    void readsTheNamedLine() {
        List<String> status = List.of("Name:\tsshd", "VmPeak:\t  999 kB", "VmHWM:\t    7604 kB", "VmRSS:\t  7000 kB");
        assertThat(ProcessTree.value(status, "VmHWM:")).isEqualTo(7604);
        assertThat(ProcessTree.value(status, "Pss:")).isZero();
    }

    @Test
    void thisProcessHasMemory() {
        ProcessTree tree = new ProcessTree(ProcessHandle.current());
        assertThat(tree.peakBytes()).isGreaterThan(1 << 20);
        assertThat(tree.proportionalBytes()).isGreaterThan(1 << 20);
    }
}
