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

    /** The product's name as its makers spell it. */
    public String title() {
        return title;
    }

    /** The product's name in {@code minio-start.sh --store}. */
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
