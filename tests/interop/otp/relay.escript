#!/usr/bin/env escript
%%! +K true +P 1048576
%%
%% Minimal Diameter relay on Erlang/OTP diameter: every request whose
%% Destination-Realm is in the routing list goes to one upstream, any other is
%% answered with 3003.
%%
%%   relay.escript PORT UPSTREAM_ADDR UPSTREAM_PORT
%%                 [--listen ADDR] [--host H] [--own-realm R] [--realm R]...
%%                 [--conns N] [--pool N] [--timeout MS] [--counters] [--sender]
%%                 [--settle MS]
%%
%% --realm R     a Destination-Realm to forward, may be repeated. Default:
%%               example.net and server.test.
%% --conns N     connections to the upstream (default 1); one is picked at random
%%               per request.
%% --pool N      number of accepting processes (default 8).
%% --timeout MS  how long to wait for the upstream's answer before 3002 (5000).
%% --counters, --sender, --settle MS   as in server.escript.
%%
%% "READY <port>" goes to stdout once the upstream is open and the relay listens.
%% A relay of OTP adds Route-Record, answers 3005 to a loop, 3002 when the
%% upstream is gone or silent, and keeps the End-to-End Identifier.

-module(otp_relay).
-mode(compile).
-export([main/1]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3,
         prepare_retransmit/3, handle_answer/4, handle_error/4,
         handle_request/3]).
-export([settle/3]).

-include_lib("diameter/include/diameter.hrl").

-define(RELAY_ID, 16#FFFFFFFF).

main([Port, UpAddr, UpPort | Opts0]) ->
    Opts = opts(Opts0, #{}),
    Conns = maps:get(conns, Opts, 1),
    Host = maps:get(host, Opts, "relay.example.org"),
    Realm = maps:get(own_realm, Opts, "example.org"),
    Sender = {sender, maps:get(sender, Opts, false)},
    persistent_term:put(realms,
                        [list_to_binary(R)
                         || R <- maps:get(realms, Opts,
                                          ["example.net", "server.test"])]),
    persistent_term:put(timeout, maps:get(timeout, Opts, 5000)),
    logger:set_primary_config(level, error),
    ok = diameter:start(),
    true = diameter:subscribe(relay),
    ok = diameter:start_service(
           relay,
           [{'Origin-Host', Host},
            {'Origin-Realm', Realm},
            {'Vendor-Id', 0},
            {'Product-Name', "otp-diameter-relay"},
            {'Auth-Application-Id', [?RELAY_ID]},
            {restrict_connections, false},
            {string_decode, false},
            {strict_mbit, false},
            {traffic_counters, maps:get(counters, Opts, false)},
            {decode_format, none},
            %% Without the RFC 6733 dictionary a relay-only service takes that
            %% of RFC 3588 and turns an upstream's 5xxx with E-bit into 3002.
            {application, [{alias, common},
                           {dictionary, diameter_gen_base_rfc6733},
                           {module, ?MODULE}]},
            {application, [{alias, relay},
                           {dictionary, diameter_gen_relay},
                           {answer_errors, callback},
                           {module, ?MODULE}]}]),
    {ok, Up} = diameter:add_transport(
                 relay,
                 {connect, [{transport_module, diameter_tcp},
                            {pool_size, Conns},
                            {connect_timer, 1000},
                            {transport_config,
                             [{raddr, addr(UpAddr)},
                              {rport, list_to_integer(UpPort)},
                              {nodelay, true}, Sender]}]}),
    wait_up(Up, Conns),
    {ok, Ref} = diameter:add_transport(
                  relay,
                  {listen, [{transport_module, diameter_tcp},
                            {pool_size, maps:get(pool, Opts, 8)},
                            {transport_config,
                             [{ip, addr(maps:get(listen, Opts, "127.0.0.1"))},
                              {port, list_to_integer(Port)},
                              {reuseaddr, true}, {nodelay, true},
                              {message_cb, settle(maps:get(settle, Opts, 20))},
                              {backlog, 1024}, Sender]}]}),
    io:format("READY ~w~n", [listen_port(Ref, 200)]),
    forever();
main(_) ->
    io:format(standard_error,
              "usage: relay.escript PORT UPSTREAM_ADDR UPSTREAM_PORT [options]~n",
              []),
    halt(2).

opts(["--listen", A | T], M)    -> opts(T, M#{listen => A});
opts(["--host", H | T], M)      -> opts(T, M#{host => H});
opts(["--own-realm", R | T], M) -> opts(T, M#{own_realm => R});
opts(["--realm", R | T], M)     -> opts(T, M#{realms => maps:get(realms, M, []) ++ [R]});
opts(["--conns", N | T], M)     -> opts(T, M#{conns => list_to_integer(N)});
opts(["--pool", N | T], M)      -> opts(T, M#{pool => list_to_integer(N)});
opts(["--timeout", N | T], M)   -> opts(T, M#{timeout => list_to_integer(N)});
opts(["--settle", N | T], M)    -> opts(T, M#{settle => list_to_integer(N)});
opts(["--counters" | T], M)     -> opts(T, M#{counters => true});
opts(["--sender" | T], M)       -> opts(T, M#{sender => true});
opts([], M)                     -> M;
opts([X | _], _) ->
    io:format(standard_error, "unknown option ~s~n", [X]),
    halt(2).

addr(S) ->
    {ok, A} = inet:parse_address(S),
    A.

wait_up(_, 0) ->
    ok;
wait_up(Ref, N) ->
    receive
        #diameter_event{info = {up, Ref, _, _, _}} ->
            wait_up(Ref, N - 1);
        #diameter_event{} ->
            wait_up(Ref, N)
    after 30000 ->
            io:format(standard_error, "upstream does not answer~n", []),
            halt(1)
    end.

forever() ->
    receive _ -> forever() end.

listen_port(Ref, N) when N > 0 ->
    case [P || {listen, P, _} <- diameter_tcp:ports(Ref)] of
        [P | _] -> P;
        []      -> timer:sleep(10), listen_port(Ref, N - 1)
    end.

settle(0)  -> false;
settle(Ms) -> {?MODULE, settle, [Ms]}.

settle(send, Msg, Ms) -> [{defer, Ms, [Msg]} | false];
settle(recv, Msg, _)  -> [Msg];
settle(ack, _, _)     -> [].

%% -------------------------------------------------------------- callbacks --

%% Remember the Origin-Host of the upstream: the first peer that comes up is the
%% upstream, since the relay starts to listen only after that.
peer_up(_, {_, #diameter_caps{origin_host = {_, OH}}}, S) ->
    case persistent_term:get(up_host, undefined) of
        undefined -> persistent_term:put(up_host, OH);
        _         -> ok
    end,
    S.

peer_down(_, _, S)              -> S.

pick_peer([P], _, _, _)         -> {ok, P};
pick_peer([], _, _, _)          -> false;
pick_peer(Ps, _, _, _)          -> {ok, lists:nth(rand:uniform(length(Ps)), Ps)}.

prepare_request(Pkt, _, _)      -> {send, Pkt}.
prepare_retransmit(Pkt, _, _)   -> {send, Pkt}.
handle_answer(Pkt, _, _, _)     -> Pkt.  %% a relay must return the packet
handle_error(Reason, _, _, _)   -> {error, Reason}.

handle_request(#diameter_packet{avps = Avps}, _, _) ->
    case lists:member(destination_realm(Avps), persistent_term:get(realms)) of
        true ->
            {relay, [{timeout, persistent_term:get(timeout)},
                     {filter, {host, persistent_term:get(up_host)}}]};
        false ->
            {answer_message, 3003}
    end.

destination_realm([#diameter_avp{code = 283, vendor_id = undefined, data = D} | _]) ->
    D;
destination_realm([_ | T]) ->
    destination_realm(T);
destination_realm([]) ->
    undefined.
