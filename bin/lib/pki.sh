#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A development PKI: an authority, the server's certificate, one client certificate a role, the enroller's key, and the
# users of both realms. What is there and valid is kept.
#
#   pki.sh create DIR
#
# DIR gets: ca.pem; server.p12 and trust.p12 for the server; viewer, auditor, operator, admin and siem as .pem, .key and
# .p12; enroller.p12 and enroller.pem; password (of every .p12), siem.password (of the message listener), realm files.

PKI_ROLES=(viewer auditor operator admin)
PKI_DAYS=825

pki_openssl() {
    local error
    error=$(openssl "$@" 2>&1 >/dev/null) || { echo "pki: openssl $1: $error" >&2; return 1; }
}

pki_secret() { [[ -s $1 ]] || openssl rand -hex 24 >"$1"; }

# Still good for a week?
pki_valid() { openssl x509 -in "$1" -noout -checkend 604800 >/dev/null 2>&1; }

pki_authority() {
    pki_valid "$1/ca.pem" && return 0
    pki_openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -sha256 \
        -keyout "$1/ca.key" -out "$1/ca.pem" -subj "/O=VM Attest development/CN=VM Attest development CA" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" || return 1
    # Of another authority, these are worth nothing.
    rm -f "$1"/{server,enroller,siem,viewer,auditor,operator,admin}.{pem,key,p12} "$1/trust.p12"
}

pki_server_names() {
    local names="DNS:localhost,IP:127.0.0.1,IP:::1" host
    host=$(hostname -f 2>/dev/null || hostname)
    [[ $host =~ ^[A-Za-z0-9.-]+$ && $host != localhost ]] && names+=",DNS:$host"
    echo "$names${VMATTEST_SERVER_NAMES:+,$VMATTEST_SERVER_NAMES}"
}

# pki_issue DIR NAME EXTENSIONS: NAME.key, NAME.pem, NAME.p12
pki_issue() {
    local dir=$1 name=$2 extensions=$3 request
    pki_valid "$dir/$name.pem" && [[ -s $dir/$name.p12 ]] && return 0
    request=$(mktemp "$dir/request.XXXXXX") || return 1
    pki_openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -keyout "$dir/$name.key" -out "$request" \
        -subj "/O=VM Attest development/CN=$name" &&
        pki_openssl x509 -req -in "$request" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -days "$PKI_DAYS" -sha256 \
            -set_serial "0x$(openssl rand -hex 15)" -out "$dir/$name.pem" -extfile <(printf '%s\n' \
                'basicConstraints=critical,CA:FALSE' 'subjectKeyIdentifier=hash' 'authorityKeyIdentifier=keyid' "$extensions") &&
        pki_openssl pkcs12 -export -in "$dir/$name.pem" -inkey "$dir/$name.key" -certfile "$dir/ca.pem" -name "$name" \
            -passout "file:$dir/password" -out "$dir/$name.p12"
    local rc=$?
    rm -f "$request"
    return $rc
}

pki_trust_store() {
    [[ -s $1/trust.p12 ]] && return 0
    # Java takes a certificate in a PKCS#12 file for trusted only with an attribute that keytool sets.
    local keytool
    keytool=$(command -v keytool) || { echo "pki: keytool is missing: apt-get install openjdk-17-jdk-headless" >&2; return 1; }
    "$keytool" -importcert -noprompt -alias ca -file "$1/ca.pem" -keystore "$1/trust.p12" -storetype PKCS12 \
        -storepass:file "$1/password" >/dev/null 2>&1 || { echo "pki: keytool could not write $1/trust.p12" >&2; return 1; }
}

# The digest that a properties realm of Elytron stores for USER in REALM with PASSWORD.
pki_realm_digest() { printf '%s:%s:%s' "$1" "$2" "$3" | openssl dgst -md5 -r | cut -d' ' -f1; }

pki_realms() {
    local dir=$1 role
    if [[ ! -s $dir/callers.properties ]]; then
        # These come with a certificate; the password is nobody's.
        for role in "${PKI_ROLES[@]}" siem; do
            echo "$role=$(pki_realm_digest "$role" callers "$(openssl rand -hex 24)")"
        done >"$dir/callers.properties"
    fi
    if [[ ! -s $dir/caller-groups.properties ]]; then
        for role in "${PKI_ROLES[@]}"; do echo "$role=$role"; done >"$dir/caller-groups.properties"
        echo "siem=" >>"$dir/caller-groups.properties"
    fi
    if [[ ! -s $dir/listeners.properties || ! -s $dir/siem.password ]]; then
        pki_secret "$dir/siem.password"
        echo "siem=$(pki_realm_digest siem listeners "$(<"$dir/siem.password")")" >"$dir/listeners.properties"
    fi
    [[ -s $dir/listener-groups.properties ]] || echo "siem=event-reader" >"$dir/listener-groups.properties"
}

pki_create() {
    local dir=$1 role
    command -v openssl >/dev/null || { echo "pki: openssl is missing: apt-get install openssl" >&2; return 1; }
    (
        umask 077
        mkdir -p "$dir" || exit 1
        pki_secret "$dir/password"
        pki_authority "$dir" &&
            pki_issue "$dir" server "$(printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=%s' \
                "$(pki_server_names)")" &&
            pki_trust_store "$dir" || exit 1
        for role in "${PKI_ROLES[@]}" siem; do
            pki_issue "$dir" "$role" "$(printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth')" || exit 1
        done
        pki_issue "$dir" enroller 'keyUsage=critical,digitalSignature' && pki_realms "$dir"
    )
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    [[ $# -eq 2 && $1 == create ]] || { sed -n '3,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
    pki_create "$2"
fi
