"""How the peers are configured: for files, on one core, as well as their manuals know, and without logs.

What is sent with a coding is a neighbour of the file, as with ringlet: nginx's gzip_static and brotli_static, h2o's
send-compressed, and rewriting for lighttpd and Apache, for types that are compressed on this site."""
import os

MANY = 1_000_000_000
DESCRIPTORS = 20_000
COMPRESSED = r"\.(?:css|html|js|json|svg)"
TYPES = {"css": "text/css", "html": "text/html", "js": "text/javascript", "json": "application/json", "svg": "image/svg+xml",
         "webp": "image/webp", "woff2": "font/woff2", "bin": "application/octet-stream"}
USER = "www-data" if os.geteuid() == 0 else None


def nginx(root, port, work, workers):
    user = f"user {USER};" if USER else ""
    module = "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so"
    brotli = os.path.exists(module)
    paths = "".join(f"    {kind}_temp_path {work}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = f"""{user}
{f'load_module {module};' if brotli else ''}
daemon off;
pid {work}/pid;
error_log stderr crit;
worker_processes {workers};
worker_rlimit_nofile {DESCRIPTORS};
events {{ worker_connections {DESCRIPTORS}; multi_accept on; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 600;
    keepalive_requests {MANY};
    open_file_cache max=14000 inactive=600s;
    open_file_cache_valid 60s;
    open_file_cache_errors on;
    gzip_static on;
    {'brotli_static on;' if brotli else ''}
{paths}    server {{ listen 127.0.0.1:{port} reuseport backlog=4096; root {root}; }}
}}
"""
    return ["nginx", "-e", "stderr", "-p", work, "-c", written(work, text)]


def h2o(root, port, work, workers):
    user = f"user: {USER}" if USER else ""
    return ["h2o", "-c", written(work, f"""{user}
num-threads: {workers}
num-name-resolution-threads: 1
max-connections: {DESCRIPTORS}
http1-request-timeout: 600
error-log: /dev/null
listen:
  host: 127.0.0.1
  port: {port}
hosts:
  default:
    paths:
      /:
        file.dir: {root}
        file.send-compressed: ON
""")]


def lighttpd(root, port, work, workers):
    types = ", ".join(f'".{suffix}{coding}" => "{kind}"' for suffix, kind in TYPES.items() for coding in ("", ".br", ".gz"))
    user = f'server.username = "{USER}"\nserver.groupname = "{USER}"' if USER else ""
    rewriting = "else ".join(f'$REQUEST_HEADER["accept-encoding"] =~ "{coding}" '
                             f'{{ url.rewrite-once = ("^(/[^?]*{COMPRESSED})$" => "$1.{suffix}") }}\n'
                             for coding, suffix in (("br", "br"), ("gzip", "gz")))
    codings = "".join(f'$HTTP["url"] =~ "\\.{suffix}$" {{ setenv.set-response-header = ("Content-Encoding" => "{coding}", '
                      f'"Vary" => "Accept-Encoding") }}\n' for coding, suffix in (("br", "br"), ("gzip", "gz")))
    return ["lighttpd", "-D", "-f", written(work, f"""server.modules = ("mod_rewrite", "mod_setenv")
server.document-root = "{root}"
server.bind = "127.0.0.1"
server.port = {port}
{user}
server.max-worker = {workers if workers > 1 else 0}
server.event-handler = "linux-sysepoll"
server.network-backend = "sendfile"
server.max-fds = {DESCRIPTORS}
server.max-connections = {DESCRIPTORS - 500}
server.listen-backlog = 4096
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 600
server.max-read-idle = 600
server.errorlog = "/dev/null"
mimetype.assign = ({types})
{rewriting}{codings}""")]


def apache_base(root, work, port, backlog=4096):
    """What every configuration of Apache's has here."""
    user = f"User {USER}\nGroup {USER}" if USER else ""
    return f"""{user}
ServerName localhost
ServerRoot {work}
DefaultRuntimeDir {work}
PidFile {work}/pid
ErrorLog /dev/stderr
LogLevel crit
DocumentRoot {root}
Listen 127.0.0.1:{port}
ListenBacklog {backlog}"""


def apache(root, port, work, workers):
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
                      for name in ("mpm_event", "authz_core", "mime", "headers", "rewrite"))
    types = "".join(f"AddType {kind} .{suffix}\n" for suffix, kind in TYPES.items())
    rules = "".join(f"""RewriteCond %{{HTTP:Accept-Encoding}} {coding}
RewriteCond %{{DOCUMENT_ROOT}}%{{REQUEST_URI}}.{suffix} -s
RewriteRule ^(/.*({COMPRESSED}))$ %{{DOCUMENT_ROOT}}$1.{suffix} [L,E=coded:{coding}]
""" for coding, suffix in (("br", "br"), ("gzip", "gz")))
    text = f"""{modules}{types}{apache_base(root, work, port)}
ServerLimit {workers}
StartServers {workers}
ThreadLimit 1024
ThreadsPerChild 1024
MinSpareThreads 1
MaxSpareThreads {1024 * workers}
MaxRequestWorkers {1024 * workers}
AsyncRequestWorkerFactor 16
MaxConnectionsPerChild 0
KeepAlive On
KeepAliveTimeout 600
MaxKeepAliveRequests 0
Timeout 600
EnableSendfile On
TypesConfig /dev/null
AddEncoding br .br
AddEncoding gzip .gz
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
RewriteEngine On
{rules}<FilesMatch "\\.(br|gz)$">
    Header append Vary Accept-Encoding
</FilesMatch>
"""
    return ["apache2", "-DFOREGROUND", "-f", written(work, text)]


def written(work, text):
    path = os.path.join(work, "configuration")
    with open(path, "w") as file:
        file.write(text)
    return path


PEERS = {"nginx": nginx, "h2o": h2o, "lighttpd": lighttpd, "apache": apache}
