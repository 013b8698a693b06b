# SPDX-License-Identifier: Apache-2.0
"""Debian 12's zaqar-server.  Its package has not got the Lua scripts with which the redis store puts
messages in a queue's order and claims them (every post dies of FileNotFoundError).  This server answers
one request at a time, so that both can be done from here."""
from zaqar.cmd import server
from zaqar.storage.redis import claims, messages, models, utils


def index(self, queue, counter, ids):
    for i in ids:
        self._client.zadd(queue, {i: self._client.incr(counter)})


def claim(self, queue, now, limit, claim_id, until, ttl, expires):
    redis, taken = self._client, []
    for i in redis.zrange(queue, 0, -1):
        if len(taken) == limit:
            break
        m = models.MessageEnvelope.from_redis(i, redis)
        if not m:
            redis.zrem(queue, i)
        elif not (utils.msg_claimed_filter(m, now) or utils.msg_delayed_filter(m, now) or utils.msg_expired_filter(m, now)):
            redis.hset(i, mapping={"c": claim_id, "c.e": until})
            if m.expires < expires:  # a message outlives its claim
                redis.hset(i, mapping={"t": ttl, "e": expires})
                redis.expire(i, ttl)
            taken.append(m.id)
    return taken


messages.MessageController._index_messages = index
claims.ClaimController._claim_messages = claim
server.run()
