/* SPDX-License-Identifier: Apache-2.0 */
/* vmtee.h's functions as they are served; see protocol.h for what is in the messages. */
#ifndef VMTEED_CALLS_H
#define VMTEED_CALLS_H

#include "daemon/session.h"

int64_t serve_capture_new(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_of_vm(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_hold(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_standing(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_background(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_stream(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_vmstate(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_measure(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_claims(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_diff(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_read(struct session *s, struct request *q, struct reply *a);
int64_t serve_capture_proof(struct session *s, struct request *q, struct reply *a);
int64_t serve_vmstate_image(struct session *s, struct request *q, struct reply *a);

int64_t serve_key_open(struct session *s, struct request *q, struct reply *a);
int64_t serve_key_evidence(struct session *s, struct request *q, struct reply *a);
int64_t serve_key_activate(struct session *s, struct request *q, struct reply *a);
int64_t serve_counter_read(struct session *s, struct request *q, struct reply *a);
int64_t serve_counter_increment(struct session *s, struct request *q, struct reply *a);
int64_t serve_report_sign(struct session *s, struct request *q, struct reply *a);

int64_t serve_store_open(struct session *s, struct request *q, struct reply *a);
int64_t serve_store_collect(struct session *s, struct request *q, struct reply *a);
int64_t serve_snapshot_save(struct session *s, struct request *q, struct reply *a);
int64_t serve_snapshot_open(struct session *s, struct request *q, struct reply *a);
int64_t serve_snapshot_restore(struct session *s, struct request *q, struct reply *a);
int64_t serve_snapshot_verify(struct session *s, struct request *q, struct reply *a);
int64_t serve_snapshot_ram(struct session *s, struct request *q, struct reply *a);

#endif
