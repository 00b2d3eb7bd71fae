package dev.slipway.testing;

/** The S3 servers that tests run against. */
public enum S3Product {
    MINIO("MinIO", "minio", 9000, "/minio/health/live"),
    VERSITYGW("versitygw", "versitygw", 7070, "/health");

    private final String title;
    private final String option;
    private final int containerPort;
    private final String healthPath;

    S3Product(String title, String option, int containerPort, String healthPath) {
        this.title = title;
        this.option = option;
        this.containerPort = containerPort;
        this.healthPath = healthPath;
    }

    /** The product's own spelling of its name. */
    public String title() {
        return title;
    }

    /** What {@code minio-start.sh --store} calls it. */
    String option() {
        return option;
    }

    int containerPort() {
        return containerPort;
    }

    String healthPath() {
        return healthPath;
    }
}
