/* api.h: the handlers that the route table names, one file a resource. */
#ifndef API_H
#define API_H

struct call;

/* api_session.c */
void api_session_create(struct call *call);
void api_session_list(struct call *call);
void api_session_get(struct call *call);
void api_session_update(struct call *call);
void api_session_delete(struct call *call);

/* api_fork.c */
void api_session_fork(struct call *call);
void api_message_truncate(struct call *call);

/* api_agent.c */
void api_agent_create(struct call *call);
void api_agent_list(struct call *call);
void api_agent_get(struct call *call);
void api_agent_update(struct call *call);
void api_agent_delete(struct call *call);
void api_agent_restore(struct call *call);

/* api_message.c */
void api_message_create(struct call *call);
void api_message_list(struct call *call);
void api_message_get(struct call *call);
void api_message_update(struct call *call);
void api_message_delete(struct call *call);

/* api_multi_agent.c */
void api_multi_agent_create(struct call *call);
void api_multi_agent_list(struct call *call);
void api_multi_agent_get(struct call *call);
void api_multi_agent_update(struct call *call);
void api_multi_agent_delete(struct call *call);

/* api_storage.c */
void api_storage_list(struct call *call);
void api_storage_clear(struct call *call);
void api_storage_get(struct call *call);
void api_storage_put(struct call *call);
void api_storage_delete(struct call *call);

/* api_health.c */
void api_health(struct call *call);
void api_health_live(struct call *call);
void api_health_db(struct call *call);
void api_health_ready(struct call *call);
void api_health_metrics(struct call *call);
void api_metrics(struct call *call);

/* api_docs.c */
void api_docs(struct call *call);
void api_redoc(struct call *call);
void api_openapi(struct call *call);

#endif
