package dev.slipway.admin.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.TooLongHttpHeaderException;

/** The headers of a request, up to a number: a header of two bytes takes more than a hundred bytes of memory. */
final class CountedHeaders extends DefaultHttpHeaders {
    static final HttpHeadersFactory FACTORY = new HttpHeadersFactory() {
        @Override
        public HttpHeaders newHeaders() {
            return new CountedHeaders();
        }

        @Override
        public HttpHeaders newEmptyHeaders() {
            return new CountedHeaders();
        }
    };

    private static final int MOST = 100;

    private int count;

    @Override
    public HttpHeaders add(CharSequence name, Object value) {
        if (++count > MOST) {
            throw new TooLongHttpHeaderException("more than " + MOST + " headers");
        }
        return super.add(name, value);
    }
}
