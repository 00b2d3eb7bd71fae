package dev.slipway.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.bench.Measurement.Unit;
import dev.slipway.core.Protocol;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final long GIB = 1L << 30;

    private static Measurement run(Product product, double seconds, double cpu) {
        return new Measurement("up", product, GIB, Unit.BYTES, seconds, cpu, seconds / 2, 100 << 20);
    }

    @Test
    void theMedianIsTheMiddle() {
        List<Measurement> odd =
                List.of(run(Product.SLIPWAY, 9, 0), run(Product.SLIPWAY, 1, 0), run(Product.SLIPWAY, 2, 0));
        assertThat(Report.median(odd, Measurement::seconds)).isEqualTo(2);
        assertThat(Report.median(odd.subList(0, 2), Measurement::seconds)).isEqualTo(5);
    }

    @Test
    void slipwayIsComparedWithEachPeer() {
        Scenario scenario = new Scenario(
                "s", "", Protocol.SFTP, List.of(Product.SLIPWAY, Product.RCLONE, Product.SFTPGO), 1, (_, _, _) -> {});
        List<String> rows = Report.rows(
                scenario,
                new Scenario.Outcome(
                        List.of(run(Product.SLIPWAY, 2, 3), run(Product.RCLONE, 4, 6)),
                        Map.of(Product.SFTPGO, "not there")));
        assertThat(rows)
                .containsExactly(
                        "| s | up | Slipway | 512 MiB/s |  | 3.00 s/GiB |  | 50% | 100 MiB |",
                        "| s | up | rclone serve | 256 MiB/s | 2.00 × | 6.00 s/GiB | 0.50 × | 50% | 100 MiB |",
                        "| s | | SFTPGo | not there | | | | | |");
    }

    @Test
    void countableUnitsHaveTheirOwnRates() {
        Measurement files = new Measurement("up", Product.SLIPWAY, 1000, Unit.FILES, 2, 0.5, 0, 0);
        assertThat(Report.rate(files)).isEqualTo(500);
        assertThat(Report.cpu(files)).isEqualTo(0.5);
    }
}
