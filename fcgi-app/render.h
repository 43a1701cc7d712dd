/* render.h: the objects of contract 1.1 and 2.4 as JSON, members in the contract's order, around the client's bytes. */
#ifndef RENDER_H
#define RENDER_H

#include "base.h"
#include "buf.h"

struct times {
    int64_t created, updated; /* microseconds since 1970 */
};

/* Absent JSON is written as null. */
void render_session(struct buf *out, struct span session_id, struct span multi_agent_state, struct times times);
void render_agent(struct buf *out, struct span agent_id, struct span state, struct span conversation_manager_state,
                  struct span internal_state, struct times times);
void render_message(struct buf *out, int32_t message_id, struct span message, struct span redact_message,
                    struct times times);
void render_multi_agent(struct buf *out, struct span multi_agent_id, struct span state, struct times times);

#endif
