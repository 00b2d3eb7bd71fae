package dev.slipway.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class a real S3 store. Constructors, lifecycle methods and tests may then have a parameter of type
 * {@link S3Endpoint} (the store) or {@link S3Bucket} (a new, empty bucket in it, another one for each parameter).
 *
 * <p>There is one store of a product for all tests of a run. It starts when the first test asks for it and ends with
 * the run. Where a Docker engine answers it is a container; otherwise a process, started by {@code minio-start.sh}.
 * A test never is skipped because there is no store: it fails and says what to install.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("server")
@Inherited
@ExtendWith(S3StoreExtension.class)
public @interface S3Store {
    /** The product to test against. */
    S3Product value() default S3Product.MINIO;
}
