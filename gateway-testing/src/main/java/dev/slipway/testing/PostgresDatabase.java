package dev.slipway.testing;

/**
 * A PostgreSQL database for one test, on a real server that all tests of a run share. Declared as a parameter of a
 * test, or of a test class's constructor, with {@link Postgres}.
 *
 * @param url for JDBC; its user needs no password
 */
public record PostgresDatabase(String url) {}
