"""Apache's three models as Debian configures them, on a port of their own, with the few modules that a folder needs."""
import os

from bench import peers
from bench.peers import written

DEBIAN = {
    "prefork": "StartServers 5\nMinSpareServers 5\nMaxSpareServers 10\nMaxRequestWorkers 150",
    "worker": "StartServers 2\nMinSpareThreads 25\nMaxSpareThreads 75\nThreadLimit 64\nThreadsPerChild 25\nMaxRequestWorkers 150",
    "event": "StartServers 2\nMinSpareThreads 25\nMaxSpareThreads 75\nThreadLimit 64\nThreadsPerChild 25\nMaxRequestWorkers 150",
}
MODULES = "/usr/lib/apache2/modules"
# What the models do with --hold. The time comes with the request, for this knows no dice of ours.
HELD = """function handle(r)
    r.usleep(tonumber(r:parseargs().ms) * 1000)
    local file = io.open(r.document_root .. "/tiny.html", "rb")
    r:write(file:read("*a"))
    file:close()
    return apache2.OK
end
"""


def command(mpm, root, port, work, backlog, patience_s):
    modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n"
                      for name in (f"mpm_{mpm}", "authz_core", "mime", "dir", "lua"))
    script = os.path.join(work, "held.lua")
    with open(script, "w") as file:
        file.write(HELD)
    return ["apache2", "-DFOREGROUND", "-f", written(work, f"""{modules}{peers.apache_base(root, work, port, backlog)}
DirectoryIndex index.html
{DEBIAN[mpm]}
MaxConnectionsPerChild 0
KeepAlive On
KeepAliveTimeout {patience_s}
MaxKeepAliveRequests 100
Timeout {max(patience_s, 60)}
EnableSendfile Off
TypesConfig /dev/null
AddType text/html .html
LuaMapHandler ^/held$ {script} handle
<Directory {root}>
    AllowOverride None
    Require all granted
</Directory>
""")]
