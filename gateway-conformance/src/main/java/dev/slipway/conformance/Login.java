package dev.slipway.conformance;

/** An account's name and password. */
record Login(String user, String password) {}
