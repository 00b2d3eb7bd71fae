# shellcheck shell=bash
# Sourced by run.sh: the tests of the providers of Apache Commons VFS, which use Java clients for FTP and SFTP.

# Fetches the tests and their libraries, once per run, to $work/vfs: the tests to `classes`, and the class path to the
# file `class-path`.
vfs_tests() {
  local folder="$work/vfs"
  [[ ! -e "$folder/class-path" ]] || return 0
  mkdir -p "$folder/classes"
  # The libraries that the tests' own build uses.
  cat >"$folder/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.slipway.conformance</groupId>
  <artifactId>vfs</artifactId>
  <version>1</version>
  <dependencyManagement>
    <dependencies>
      <dependency>
        <groupId>org.apache.commons</groupId>
        <artifactId>commons-vfs2-project</artifactId>
        <version>$vfs_version</version>
        <type>pom</type>
        <scope>import</scope>
      </dependency>
      <dependency>
        <groupId>org.junit</groupId>
        <artifactId>junit-bom</artifactId>
        <version>5.11.4</version>
        <type>pom</type>
        <scope>import</scope>
      </dependency>
    </dependencies>
  </dependencyManagement>
  <dependencies>
    <dependency><groupId>org.apache.commons</groupId><artifactId>commons-vfs2</artifactId><version>$vfs_version</version></dependency>
    <dependency><groupId>commons-net</groupId><artifactId>commons-net</artifactId></dependency>
    <dependency><groupId>com.jcraft</groupId><artifactId>jsch</artifactId></dependency>
    <dependency><groupId>org.apache.commons</groupId><artifactId>commons-lang3</artifactId></dependency>
    <dependency><groupId>commons-io</groupId><artifactId>commons-io</artifactId></dependency>
    <dependency><groupId>org.apache.ftpserver</groupId><artifactId>ftpserver-core</artifactId></dependency>
    <dependency><groupId>org.apache.sshd</groupId><artifactId>sshd-core</artifactId></dependency>
    <dependency><groupId>org.mockito</groupId><artifactId>mockito-core</artifactId><version>4.11.0</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.16</version></dependency>
    <dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId></dependency>
    <dependency><groupId>org.junit.vintage</groupId><artifactId>junit-vintage-engine</artifactId></dependency>
    <dependency><groupId>org.junit.platform</groupId><artifactId>junit-platform-console</artifactId></dependency>
  </dependencies>
</project>
POM
  if ! (
    cd "$folder"
    mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=libraries \
      && mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack \
        -Dartifact="org.apache.commons:commons-vfs2:$vfs_version:jar:tests" -DoutputDirectory="$folder/classes"
  ) >"$work/maven.log" 2>&1 </dev/null; then
    tail -n 20 "$work/maven.log" >&2
    fail "the tests of Commons VFS could not be fetched; the last lines of Maven are above"
  fi
  # They use some paths relative to the folder of their build, and expect files as new as those of a checkout.
  mkdir -p "$folder/src/test"
  ln -s "$folder/classes" "$folder/src/test/resources"
  find "$folder/classes/test-data" -exec touch -d "@$(date +%s)" {} +
  printf '%s:%s\n' "$folder/classes" "$(cat "$folder/libraries")" >"$folder/class-path"
}

# Runs the class $1 of the tests with the URI $2 for the property $3, in at most 10 minutes.
vfs_class() {
  local reports="$work/$suite/${1##*.}"
  mkdir -p "$reports"
  (cd "$work/vfs" && exec timeout -k 30 600 "$JAVA_HOME/bin/java" "-D$3=$2" \
    -Dtest.basedir="$work/vfs/classes/test-data" -Dtest.basedir.res=test-data -Djava.io.tmpdir="$reports" \
    -cp "$(cat "$work/vfs/class-path")" org.junit.platform.console.ConsoleLauncher execute \
    --select-class "org.apache.commons.vfs2.provider.$1" --reports-dir "$reports" --details tree \
    --disable-banner --disable-ansi-colors) >>"$log" 2>&1 </dev/null || true
}

# The suite vfs-<protocol>.
run_vfs() {
  local user="$suite:$password@127.0.0.1" rclone class
  vfs_tests
  rclone="$(rclone_program)"
  # The files that the tests expect, with their times.
  "$rclone" --config /dev/null copy --create-empty-src-dirs "$work/vfs/classes/test-data" \
    ":sftp,host=127.0.0.1,port=$ssh_port,user=$suite,pass=$("$rclone" obscure "$password"):/" >"$log" 2>&1 </dev/null \
    || fail "the files of Commons VFS's tests could not be uploaded: $(tail -n 5 "$log")"
  case "$suite" in
    vfs-sftp)
      vfs_class sftp.SftpProviderTestCase "sftp://$user:$ssh_port" test.sftp.uri
      ;;
    vfs-ftp)
      for class in FtpProviderTestCase FtpProviderMdtmOnTestCase FtpProviderMdtmOffTestCase \
        FtpProviderMdtmOnRefreshTestCase; do
        vfs_class "ftp.$class" "ftp://$user:$ftp_port" test.ftp.uri
      done
      ;;
    vfs-ftps)
      vfs_class ftps.FtpsProviderExplicitTestCase "ftps://$user:$ftp_port" test.ftps.uri
      vfs_class ftps.FtpsProviderImplicitTestCase "ftps://$user:$ftps_port" test.ftps.uri
      ;;
  esac
  find "$work/$suite" -name 'TEST-*.xml' -print0 | xargs -0 -r python3 "$here/verdicts.py" junit >"$verdicts"
}
