package dev.slipway.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class a real S3 store. Constructors, lifecycle methods and tests may then have parameters of type {@link
 * S3Endpoint} (the store) or {@link S3Bucket} (a new, empty bucket in it for each parameter).
 *
 * <p>All tests of a run share one store of a product, which starts at the first use and ends with the run. It is a
 * container if a Docker engine is available, otherwise a process started by {@code minio-start.sh}. Tests are never
 * skipped for want of a store: they fail and say what to install.
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
