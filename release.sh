#!/usr/bin/env bash
# Builds target/release/slipway-<version>-linux-<arch>.tar.gz, which includes its Java runtime, and its SHA-256. The
# same sources, the same JDK and the same Node.js give the same bytes. Runs no tests; see tests.sh.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C.UTF-8
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$root"

# shellcheck source=bin/environment.sh
source bin/environment.sh

# The JDK modules in use.
modules=(
  java.base           # everything
  java.desktop        # java.beans: Jackson, and FtpServer's listeners
  java.logging        # SQLite, Guava and the AWS SDK may log with it
  java.management     # part memory's limit, Java's metrics
  java.naming         # the AWS SDK looks up endpoints, TLS checks names
  java.net.http       # Flyway
  java.rmi            # Micrometer and SSHD refer to JMX connectors
  java.security.jgss  # SSHD refers to Kerberos
  java.security.sasl  # java.naming needs it
  java.sql            # the state database
  java.transaction.xa # PostgreSQL's driver refers to it
  jdk.jfr             # HikariCP and Netty record events with it
  jdk.management      # the limit of direct memory, processor metrics
  jdk.net             # keep-alive of connections, who is at the other end of the control socket
  jdk.unsupported     # Netty; the signals that end the process
  jdk.zipfs           # Flyway finds its migrations in jars
)

# The libraries' native code for this platform, as extended regular expressions. Their other native code is left out.
case "$(uname -m)" in
  x86_64) natives='^(META-INF/native/libnetty_tcnative_linux_x86_64\.so|org/sqlite/native/Linux/x86_64/.*|org/jline/nativ/Linux/x86_64/.*)$' ;;
  aarch64) natives='^(META-INF/native/libnetty_tcnative_linux_aarch_64\.so|org/sqlite/native/Linux/aarch64/.*|org/jline/nativ/Linux/arm64/.*)$' ;;
  *) fail "releases are made for x86_64 and aarch64, and this is $(uname -m)" ;;
esac

# Removes native libraries of other platforms from $home/lib.
strip_natives() {
  local jar name entries foreign kept=0 work
  for jar in "$home"/lib/*.jar; do
    name="$(basename "$jar")"
    entries="$("$JAVA_HOME/bin/jar" --list --file "$jar" | grep -E '\.(so|dll|dylib|jnilib)$' || true)"
    [[ -n "$entries" ]] || continue
    foreign="$(grep -vE "$natives" <<<"$entries" || true)"
    if [[ "$foreign" == "$entries" ]]; then
      # Built for another platform. Any other library has to be listed above.
      [[ "$name" == netty-tcnative-boringssl-static-* ]] ||
        fail "$name has native libraries, none of them for this platform: list above which ones it needs here"
      rm "$jar"
      continue
    fi
    kept=$((kept + 1))
    [[ -n "$foreign" ]] || continue
    work="$(mktemp -d "$out/.strip.XXXXXX")"
    (
      cd "$work"
      "$JAVA_HOME/bin/jar" --extract --file "$jar"
      while read -r entry; do rm "$entry"; done <<<"$foreign"
      find . -type d -empty -delete
      mv META-INF/MANIFEST.MF ../manifest
      # A signature would become invalid.
      ! compgen -G 'META-INF/*.SF' >/dev/null || fail "$name is signed"
      rm "$jar"
      "$JAVA_HOME/bin/jar" --create --file "$jar" --manifest ../manifest --date "$timestamp" -C . .
    )
    rm -rf "$work" "$out/manifest"
  done
  ((kept == 3)) || fail "native code of SQLite, BoringSSL and JLine was expected, and $kept libraries have some"
}

# A release has the console.
# shellcheck source=bin/node.sh
source bin/node.sh
has_node || fail "the console cannot be built: that needs $node_needed"

rm -rf gateway-app/target/lib
say "Building ..."
mvn -B -q -Dstyle.color=never -pl gateway-app -am -DskipTests -Prelease package

version="$(sed -n 's/^version=//p' gateway-app/target/classes/dev/slipway/app/version.properties)"
timestamp="$(sed -n 's:.*<project.build.outputTimestamp>\(.*\)</.*:\1:p' pom.xml)"
name="slipway-$version-linux-$(uname -m)"
out="$root/target/release"
home="$out/$name"
rm -rf "$out"
mkdir -p "$home"/{bin,lib,docs,conformance,systemd,licenses}

say "Making the Java runtime ..."
# s3proxy's jar cannot be a module. jdeps would look for the others' names among modules only.
modular=(gateway-app/target/slipway-application.jar)
plain=()
for jar in gateway-app/target/lib/*.jar; do
  case "$(basename "$jar")" in
    s3proxy-*) plain+=("$jar") ;;
    *) modular+=("$jar") ;;
  esac
done
needed="$("$JAVA_HOME/bin/jdeps" --ignore-missing-deps --multi-release 25 --print-module-deps \
  --module-path "$(IFS=: && echo "${modular[*]}")" --add-modules ALL-MODULE-PATH "${plain[@]}" | tail -n 1)"
for module in ${needed//,/ }; do
  [[ " ${modules[*]} " == *" $module "* ]] ||
    fail "the jars need the module $module too: add it to the list here, with the reason"
done
"$JAVA_HOME/bin/jlink" --output "$home/runtime" --add-modules "$(IFS=, && echo "${modules[*]}")" \
  --strip-debug --no-header-files --no-man-pages --compress=zip-6

cp gateway-app/target/slipway-application.jar "$home/slipway.jar"
cp gateway-app/target/lib/*.jar "$home/lib/"
strip_natives
cp packaging/README.md CHANGELOG.md ARCHITECTURE.md LICENSE SECURITY.md "$home/"
cp -r docs/. "$home/docs/"
cp conformance/README.md "$home/conformance/"
cp packaging/slipway.yml "$home/slipway.yml.example"
cp packaging/slipway.service "$home/systemd/"
cp packaging/launcher.sh "$home/bin/slipway"
cp packaging/record-start.sh "$home/bin/record-start"
cp packaging/health.sh "$home/bin/health"
mkdir -p "$home/packaging"
cp -r packaging/several-gateways "$home/packaging/"
cp bin/run-java.sh "$home/bin/"

# What the libraries' licences require: a list, and their texts.
cp gateway-app/target/generated-sources/license/THIRD-PARTY.txt "$home/"
for jar in gateway-app/target/lib/*.jar; do
  entries="$("$JAVA_HOME/bin/jar" --list --file "$jar" |
    grep -iE '^(META-INF/)?(LICEN[CS]E|NOTICE|COPYING|COPYRIGHT)[^/]*$' || true)"
  if [[ -n "$entries" ]]; then
    folder="$home/licenses/$(basename "$jar" .jar)"
    mkdir -p "$folder"
    mapfile -t files <<<"$entries"
    (cd "$folder" && "$JAVA_HOME/bin/jar" --extract --file "$root/$jar" "${files[@]}")
  fi
done

# The console's libraries are within its scripts.
(
  mkdir -p "$home/licenses/console"
  cd "$home/licenses/console"
  "$JAVA_HOME/bin/jar" --extract --file "$home"/lib/gateway-console-*.jar dev/slipway/console/licenses.md
  mv dev/slipway/console/licenses.md LICENSES.md
  rm -r dev
)
[[ -s "$home/licenses/console/LICENSES.md" ]] || fail "the console was not built"

chmod -R u=rwX,go=rX "$home"
chmod 755 "$home"/bin/{slipway,record-start,health}

say "Packing ..."
# Leaves out everything that depends on when, where and by whom the archive is built.
tar --create --directory "$out" --sort=name --mtime="$timestamp" --owner=0 --group=0 --numeric-owner \
  --format=gnu "$name" | gzip --no-name -9 >"$out/$name.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
cat "$out/$name.tar.gz.sha256"
