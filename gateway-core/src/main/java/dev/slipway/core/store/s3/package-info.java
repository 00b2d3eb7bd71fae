/** The object store on the S3 API. The only package that knows the AWS SDK. */
@NullMarked
package dev.slipway.core.store.s3;

import org.jspecify.annotations.NullMarked;
