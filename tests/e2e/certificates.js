// Certificates for tests, made by the openssl command: an authority `ca` and
// what it signed. Each is a file `.pem` and one `.key`.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { tempDir } from './helper.js';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export class Certificates {
  constructor(t) {
    this.dir = tempDir(t);
    this.run('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem');
    this.sign('server', 'subjectAltName=IP:127.0.0.1,DNS:localhost');
    this.sign('client', 'extendedKeyUsage=clientAuth');
  }

  path(file) {
    return path.join(this.dir, file);
  }

  text(file) {
    return fs.readFileSync(this.path(file), 'utf8');
  }

  sign(name, extension, subject = name) {
    this.run('req', ...newKey, '-subj', `/CN=${subject}`, '-addext', extension,
      '-keyout', `${name}.key`, '-out', `${name}.csr`);
    this.run('x509', '-req', '-days', '2', '-copy_extensions', 'copy', '-CA', 'ca.pem',
      '-CAkey', 'ca.key', '-CAcreateserial', '-in', `${name}.csr`, '-out', `${name}.pem`);
  }

  run(...args) {
    execFileSync('openssl', args, { cwd: this.dir, stdio: 'pipe' });
  }

  /// Settings of a listener; with `ask` clients must show a certificate.
  settings(ask = false) {
    return {
      enabled: true,
      cert_pem: this.path('server.pem'),
      key_pem: this.path('server.key'),
      ...(ask && { client_ca_pem: this.path('ca.pem') }),
    };
  }

  /// What a client in Node needs; with `name` it shows that certificate.
  client(name) {
    return {
      ca: this.text('ca.pem'),
      ...(name && { cert: this.text(`${name}.pem`), key: this.text(`${name}.key`) }),
    };
  }
}
