package dev.slipway.conformance;

import java.util.List;
import java.util.Locale;

/**
 * The trend of a quantity over the samples: a straight line, fitted by least squares.
 *
 * @param growth the rise of the line from the first sample to the last
 */
record Trend(Trend.Kind kind, double least, double mean, double most, double growth) {
    /** The quantities, and the noise of each. */
    enum Kind {
        RESIDENT("resident MiB", 24),
        HEAP("heap collected MiB", 6),
        DIRECT("direct collected MiB", 12),
        THREADS("threads", 6),
        DESCRIPTORS("descriptors", 10);

        private final String title;
        private final double noise;

        Kind(String title, double noise) {
            this.title = title;
            this.noise = noise;
        }

        private double value(Sample sample) {
            return switch (this) {
                case RESIDENT -> mebibytes(sample.resident());
                case HEAP -> mebibytes(sample.heap());
                case DIRECT -> mebibytes(sample.direct());
                case THREADS -> sample.threads();
                case DESCRIPTORS -> sample.descriptors();
            };
        }

        private static double mebibytes(long bytes) {
            return bytes / 1048576.0;
        }

        @Override
        public String toString() {
            return title;
        }
    }

    /**
     * The trend of a kind. For the heap and for direct memory, only samples taken after a garbage collection count: it also
     * gives back direct memory that nobody uses any more.
     */
    static Trend of(Kind kind, List<Sample> samples) {
        List<Sample> taken = kind == Kind.HEAP || kind == Kind.DIRECT
                ? samples.stream().filter(Sample::collected).toList()
                : samples;
        double meanTime = taken.stream().mapToDouble(Sample::second).average().orElse(0);
        double mean = taken.stream().mapToDouble(kind::value).average().orElse(0);
        double products = 0;
        double squares = 0;
        for (Sample sample : taken) {
            products += (sample.second() - meanTime) * (kind.value(sample) - mean);
            squares += (sample.second() - meanTime) * (sample.second() - meanTime);
        }
        double slope = squares == 0 ? 0 : products / squares;
        double span = taken.isEmpty()
                ? 0
                : taken.getLast().second() - taken.getFirst().second();
        return new Trend(
                kind,
                taken.stream().mapToDouble(kind::value).min().orElse(0),
                mean,
                taken.stream().mapToDouble(kind::value).max().orElse(0),
                slope * span);
    }

    /** A leak grows forever; pools and caches may still grow by this amount, or by 4 % of the mean. */
    private double allowed() {
        return Math.max(kind.noise, 0.04 * mean);
    }

    boolean isFlat() {
        return growth <= allowed();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%-22s %10.1f %10.1f %10.1f %+12.1f %12.1f",
                kind.title,
                least,
                mean,
                most,
                growth,
                allowed());
    }
}
