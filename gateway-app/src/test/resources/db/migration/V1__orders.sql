-- A host program's own, where Flyway and Spring Boot look by default: see HostProgramTest.
CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY);
