package dev.slipway.transfer.remote;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.InvalidPathException;
import java.util.List;
import org.apache.sshd.agent.SshAgent;
import org.apache.sshd.agent.SshAgentFactory;
import org.apache.sshd.agent.SshAgentServer;
import org.apache.sshd.agent.common.AbstractAgentProxy;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the agent at a Unix domain socket
 * (<a href="https://datatracker.ietf.org/doc/html/draft-ietf-sshm-ssh-agent">draft-ietf-sshm-ssh-agent</a>). The library knows
 * the protocol, and has only a socket that needs native code.
 */
final class AgentConnection extends AbstractAgentProxy {
    private static final int LARGEST_ANSWER = 256 * 1024;

    private final SocketChannel socket;

    private AgentConnection(SocketChannel socket) {
        super(null);
        this.socket = socket;
    }

    /** @param path of the agent's socket */
    static AgentConnection open(String path) throws IOException {
        try {
            return new AgentConnection(SocketChannel.open(UnixDomainSocketAddress.of(path)));
        } catch (InvalidPathException e) {
            throw new IOException("not a path: " + path, e);
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    protected synchronized Buffer request(Buffer request) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(request.array(), request.rpos(), request.available());
        while (bytes.hasRemaining()) {
            socket.write(bytes);
        }
        ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
        fill(length);
        int size = length.flip().getInt();
        if (size < 1 || size > LARGEST_ANSWER) {
            throw new IOException("the agent answered with " + size + " bytes");
        }
        ByteBuffer answer = ByteBuffer.allocate(size);
        fill(answer);
        return new ByteArrayBuffer(answer.array());
    }

    private void fill(ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (socket.read(target) < 0) {
                throw new EOFException("the agent closed the connection");
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Gives those sessions an agent that are to have one. */
    static final class Factory implements SshAgentFactory {
        @Override
        public List<ChannelFactory> getChannelForwardingFactories(FactoryManager manager) {
            return List.of();
        }

        @Override
        public @Nullable SshAgent createClient(Session session, FactoryManager manager) throws IOException {
            String path = session.getAttribute(RemoteClient.AGENT);
            return path == null ? null : open(path);
        }

        @Override
        public SshAgentServer createServer(ConnectionService service) {
            throw new UncheckedIOException(new IOException("agent forwarding is not supported"));
        }
    }
}
