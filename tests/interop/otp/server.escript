#!/usr/bin/env escript
%%! +K true +P 1048576
%%
%% A Credit-Control (application 4) server on Erlang/OTP diameter, and a client.
%%
%%   server.escript PORT [ADDR] [--host H] [--realm R]... [--decode map|record]
%%                  [--pool N] [--counters] [--sender] [--strict] [--settle MS]
%%                  [--watchdog MS] [--cause CAUSE]
%%   server.escript --client ADDR PORT COUNT CONCURRENCY [--realm R] [--host H]
%%                  [--decode map|record] [--counters] [--sender]
%%                  [--watchdog MS] [--stay] [--fresh] [--again] [--cause CAUSE]
%%
%% PORT/ADDR     where to listen (ADDR defaults to 127.0.0.1). PORT 0 takes a
%%               free port. The line "READY <port>" goes to stdout when open.
%% --host H      Origin-Host (server: server.test; client: client.example.net).
%% --realm R     server: a realm to serve, may be repeated; the first one is the
%%               Origin-Realm. Default: example.net and server.test. A request
%%               for another Destination-Realm is answered with 3003.
%%               client: the Destination-Realm to send. Default example.net.
%% --decode F    decode_format (default map).
%% --pool N      number of accepting processes (default 8).
%% --counters    leave traffic_counters on (OTP's default; off here for speed).
%% --sender      {sender, true}: a process of its own for socket writes.
%% --strict      strict_mbit true (OTP's default): an AVP with the M-bit that the
%%               CCR grammar below does not name is an error 5001.
%%
%% --settle MS    hold the CEA back this long (default 20, 0 = off). OTP makes a
%%               connection known to its request path only after the CEA has
%%               gone out and drops, without a word, a request that comes sooner;
%%               with --settle 0 a load generator has to pause after the CEA.
%%
%% --watchdog MS  the watchdog's interval (default 30000; at least 6000).
%% --stay         the client does not leave after its requests, but at SIGTERM.
%% --fresh        each of the COUNT requests gets a connection of its own, with an
%%                Origin-Host of its own (1.client.test, 2.client.test, ...), and is
%%                sent as soon as that is up; CONCURRENCY of them at a time.
%% --again        the client stays, sends a request every half second and prints
%%                what it got when that is not what it got before.
%% --cause CAUSE  Disconnect-Cause of the DPR: rebooting, busy or goaway.
%%
%% --door NAME HOW CERT KEY CA MORE
%%                server: one more listener, with TLS; the line "DOOR NAME <port>"
%%                goes to stdout when it is open. HOW is tls (from the first octet),
%%                inband (Inband-Security-Id TLS) or either (and NO_INBAND_SECURITY).
%%                MORE are further options of Erlang's ssl as a term, for instance
%%                "[{versions,['tlsv1.2']}]". Who connects has to show a
%%                certificate. May be repeated.
%% --crl FILE     what was withdrawn: for doors and knocks with {crl_check,peer} in MORE.
%% --knock NAME HOW PORT CERT KEY CA MORE
%%                client, instead of COUNT requests (COUNT is 0): a connection of
%%                NAME.client.test, and one request on it; "KNOCK NAME <result>" goes
%%                to stdout: a Result-Code, closed, refused or the like. May be repeated.
%%
%% SIGTERM stops it in order: the peers get a DPR first.

-module(otp_cc_server).
-mode(compile).
-export([main/1]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3,
         prepare_retransmit/3, handle_answer/4, handle_error/4,
         handle_request/3]).
-export([settle/3]).

-include_lib("diameter/include/diameter.hrl").

-define(DICT, otp_cc).
-define(BASE, diameter_gen_base_rfc6733).

%% ------------------------------------------------------------------ main --

main(["--client", Addr, Port, Count, Conc | Opts]) ->
    client(addr(Addr), list_to_integer(Port), list_to_integer(Count),
           list_to_integer(Conc), opts(Opts, #{}));
main([[C|_] = Port, [D|_] = Addr | Opts]) when C /= $-, D /= $- ->
    server(list_to_integer(Port), addr(Addr), opts(Opts, #{}));
main([[C|_] = Port | Opts]) when C /= $- ->
    server(list_to_integer(Port), {127,0,0,1}, opts(Opts, #{}));
main(_) ->
    io:format(standard_error, "usage: see the head of this file~n", []),
    halt(2).

opts(["--host", H | T], M)   -> opts(T, M#{host => H});
opts(["--realm", R | T], M)  -> opts(T, M#{realms => maps:get(realms, M, []) ++ [R]});
opts(["--decode", F | T], M) -> opts(T, M#{decode => list_to_atom(F)});
opts(["--pool", N | T], M)   -> opts(T, M#{pool => list_to_integer(N)});
opts(["--settle", N | T], M) -> opts(T, M#{settle => list_to_integer(N)});
opts(["--counters" | T], M)  -> opts(T, M#{counters => true});
opts(["--sender" | T], M)    -> opts(T, M#{sender => true});
opts(["--strict" | T], M)    -> opts(T, M#{strict => true});
opts(["--watchdog", N | T], M) -> opts(T, M#{watchdog => list_to_integer(N)});
opts(["--stay" | T], M)      -> opts(T, M#{stay => true});
opts(["--fresh" | T], M)     -> opts(T, M#{fresh => true});
opts(["--again" | T], M)     -> opts(T, M#{again => true});
opts(["--cause", C | T], M)  -> opts(T, M#{cause => list_to_existing_atom(C)});
opts(["--door", Name, How, Cert, Key, Ca, More | T], M) ->
    Door = {Name, list_to_atom(How), ssl_options(Cert, Key, Ca, More)},
    opts(T, M#{doors => maps:get(doors, M, []) ++ [Door]});
opts(["--crl", File | T], M) -> opts(T, M#{crl => File});
opts(["--knock", Name, How, Port, Cert, Key, Ca, More | T], M) ->
    Knock = {Name, list_to_atom(How), list_to_integer(Port), ssl_options(Cert, Key, Ca, More)},
    opts(T, M#{knocks => maps:get(knocks, M, []) ++ [Knock]});
opts([], M)                  -> M;
opts([X | _], _) ->
    io:format(standard_error, "unknown option ~s~n", [X]),
    halt(2).

addr(S) ->
    {ok, A} = inet:parse_address(S),
    A.

service(Host, Realm, Opts) ->
    logger:set_primary_config(level, error),
    load_dictionary(),
    ok = diameter:start(),
    service(cc, Host, Realm, Opts).

service(Name, Host, Realm, Opts) ->
    ok = diameter:start_service(
           Name,
           [{'Origin-Host', Host},
            {'Origin-Realm', Realm},
            {'Vendor-Id', 0},
            {'Product-Name', "otp-diameter"},
            {'Origin-State-Id', diameter:origin_state_id()},
            {'Auth-Application-Id', [4]},
            {restrict_connections, false},
            {string_decode, false},
            {strict_mbit, maps:get(strict, Opts, false)},
            {traffic_counters, maps:get(counters, Opts, false)},
            {decode_format, maps:get(decode, Opts, map)},
            {application, [{alias, common}, {dictionary, ?BASE},
                           {module, ?MODULE}]},
            {application, [{alias, cc}, {dictionary, ?DICT},
                           {module, ?MODULE},
                           {request_errors, answer},
                           {answer_errors, callback}]}]).

server(Port, Addr, Opts) ->
    Realms = maps:get(realms, Opts, ["example.net", "server.test"]),
    persistent_term:put(realms, [list_to_binary(R) || R <- Realms]),
    service(maps:get(host, Opts, "server.test"), hd(Realms), Opts),
    {ok, Ref} = diameter:add_transport(
                  cc,
                  {listen, [{transport_module, diameter_tcp},
                            {pool_size, maps:get(pool, Opts, 8)},
                            {watchdog_timer, maps:get(watchdog, Opts, 30000)},
                            {disconnect_cb, farewell(Opts)},
                            {transport_config,
                             [{ip, Addr}, {port, Port}, {reuseaddr, true},
                              {nodelay, true}, {backlog, 1024},
                              {message_cb, settle(maps:get(settle, Opts, 20))},
                              {sender, maps:get(sender, Opts, false)}]}]}),
    maps:is_key(doors, Opts) andalso start_ssl(Opts),
    [open_door(D, Addr, Opts) || D <- maps:get(doors, Opts, [])],
    io:format("READY ~w~n", [listen_port(Ref, 200)]),
    receive stop -> ok end.

open_door({Name, How, Ssl}, Addr, Opts) ->
    {ok, Ref} = diameter:add_transport(
                  cc,
                  {listen, [{transport_module, diameter_tcp},
                            {watchdog_timer, maps:get(watchdog, Opts, 30000)},
                            {disconnect_cb, farewell(Opts)},
                            {capabilities, inband(How)},
                            {transport_config,
                             [{ip, Addr}, {port, 0}, {reuseaddr, true}, {nodelay, true},
                              {message_cb, settle_door(How, Opts)}
                              | secured(How, [{fail_if_no_peer_cert, true} | Ssl])]}]}),
    io:format("DOOR ~s ~w~n", [Name, listen_port(Ref, 200)]).

%% --------------------------------------------------------------------- TLS --

start_ssl(Opts) ->
    {ok, _} = application:ensure_all_started(ssl),
    [ok = ssl_crl_cache:insert({file, F}) || #{crl := F} <- [Opts]].

ssl_options(Cert, Key, Ca, More) ->
    {ok, Tokens, _} = erl_scan:string(More ++ "."),
    {ok, Term} = erl_parse:parse_term(Tokens),
    [{O, F} || {O, F} <- [{certfile, Cert}, {keyfile, Key}], F /= "none"]
        ++ [{cacertfile, Ca}, {verify, verify_peer} | Term].

%% A CEA that is held back comes too late for a handshake behind it.
settle_door(tls, Opts) -> settle(maps:get(settle, Opts, 20));
settle_door(_, _)      -> false.

%% From the first octet: the options are the transport's own. Else they wait for CER and CEA.
secured(tls, Ssl) -> [{ssl_options, true} | Ssl];
secured(_, Ssl)   -> [{ssl_options, Ssl}].

inband(tls)    -> [];
inband(inband) -> [{'Inband-Security-Id', [1]}];
inband(either) -> [{'Inband-Security-Id', [0, 1]}].

listen_port(Ref, N) when N > 0 ->
    case [P || {listen, P, _} <- diameter_tcp:ports(Ref)] of
        [P | _] -> P;
        []      -> timer:sleep(10), listen_port(Ref, N - 1)
    end.

%% The cause is OTP's own choice unless it is given.
farewell(#{cause := Cause}) -> fun(_, _, _) -> {dpr, [{cause, Cause}]} end;
farewell(_)                 -> fun(application, _, _) -> {dpr, [{cause, rebooting}]};
                                  (service, _, _)     -> {dpr, [{cause, rebooting}]};
                                  (transport, _, _)   -> {dpr, [{cause, goaway}]}
                               end.

%% The first message out of an accepted connection is the CEA: send it late, and
%% leave the transport alone from then on.
settle(0)  -> false;
settle(Ms) -> {?MODULE, settle, [Ms]}.

settle(send, Msg, Ms) -> [{defer, Ms, [Msg]} | false];
settle(recv, Msg, _)  -> [Msg];
settle(ack, _, _)     -> [].

%% -------------------------------------------------------------- callbacks --

peer_up(_, _, S)               -> S.
peer_down(_, _, S)             -> S.
pick_peer([P | _], _, _, _)    -> {ok, P};
pick_peer(_, _, _, _)          -> false.
prepare_request(Pkt, _, _)     -> {send, Pkt}.
prepare_retransmit(Pkt, _, _)  -> {send, Pkt}.
handle_answer(Pkt, _, _, _)    -> Pkt.
handle_error(Reason, _, _, _)  -> {error, Reason}.

%% Credit-Control-Request. Decode errors, if any, are turned into Result-Code and
%% Failed-AVP by diameter itself.
handle_request(#diameter_packet{msg = ['CCR' | #{} = R]}, _, {_, Caps}) ->
    answer(maps:get('Destination-Realm', R, undefined), R, Caps);
handle_request(#diameter_packet{msg = R}, _, {_, Caps})
  when is_tuple(R), element(1, R) == 'cc_CCR' ->
    Vs = maps:from_list([{K, V} || {K, V} <- ?DICT:'#get-'(R),
                                   V /= undefined, V /= []]),
    answer(maps:get('Destination-Realm', Vs, undefined), Vs, Caps);
handle_request(#diameter_packet{}, _, _) ->
    {protocol_error, 3001}.

answer(Realm, R, #diameter_caps{origin_host = {OH, _}, origin_realm = {OR, _}}) ->
    case Realm == undefined
        orelse lists:member(Realm, persistent_term:get(realms))
    of
        true ->
            {reply, ['CCA' | (maps:with(['Session-Id', 'CC-Request-Type',
                                         'CC-Request-Number', 'Proxy-Info'], R))
                               #{'Result-Code' => 2001,
                                 'Origin-Host' => OH,
                                 'Origin-Realm' => OR,
                                 'Auth-Application-Id' => 4}]};
        false ->
            {answer_message, 3003}
    end.

%% ----------------------------------------------------------------- client --

client(Addr, _, _, _, #{knocks := Knocks} = Opts) ->
    logger:set_primary_config(level, none),
    start_ssl(Opts),
    load_dictionary(),
    ok = diameter:start(),
    Ps = [spawn_monitor(fun() -> knock(K, Addr, Opts) end) || K <- Knocks],
    [receive {'DOWN', MRef, _, P, _} -> ok end || {P, MRef} <- Ps],
    io:format("DONE~n"),
    maps:get(stay, Opts, false) andalso receive stop -> ok end;
client(Addr, Port, Count, Conc, #{fresh := true} = Opts) ->
    fresh(Addr, Port, Count, Conc, Opts);
client(Addr, Port, Count, Conc, Opts) ->
    Host = maps:get(host, Opts, "client.example.net"),
    service(Host, "example.net", Opts),
    true = diameter:subscribe(cc),
    connect(cc, Addr, Port, Opts),
    up(cc) orelse begin io:format("FAIL no connection~n"), halt(1) end,
    Realm = realm(Opts),
    maps:get(again, Opts, false) andalso again(Host, Realm, none),
    T0 = erlang:monotonic_time(microsecond),
    Self = self(),
    Ps = [spawn_monitor(fun() -> Self ! {self(), loop(N, Host, Realm, #{})} end)
          || I <- lists:seq(1, Conc),
             N <- [Count div Conc + (if I =< Count rem Conc -> 1; true -> 0 end)]],
    Rs = lists:foldl(fun({P, MRef}, A) ->
                             receive
                                 {P, M} -> maps:fold(fun add/3, A, M);
                                 {'DOWN', MRef, _, _, X} -> A#{{died, X} => 1}
                             end
                     end, #{}, Ps),
    Us = erlang:monotonic_time(microsecond) - T0,
    io:format("sent ~w results ~0p in ~w ms (~w/s)~n",
              [Count, lists:sort(maps:to_list(Rs)), Us div 1000,
               Count * 1000000 div max(1, Us)]),
    maps:get(stay, Opts, false) andalso receive stop -> ok end,
    diameter:stop_service(cc),
    halt(case maps:keys(Rs) of [2001] -> 0; _ -> 1 end).

connect(Name, Addr, Port, Opts) ->
    {ok, _} = diameter:add_transport(
                Name, {connect, [{transport_module, diameter_tcp},
                                 {transport_config,
                                  [{raddr, Addr}, {rport, Port}, {nodelay, true},
                                   {sender, maps:get(sender, Opts, false)}]},
                                 {watchdog_timer, maps:get(watchdog, Opts, 30000)},
                                 {disconnect_cb, farewell(Opts)},
                                 {connect_timer, 1000}]}).

up(Name) ->
    receive
        #diameter_event{service = Name, info = I} when element(1, I) == up -> true
    after 20000 -> false
    end.

%% One connection, with whatever comes of it.
knock({Name, How, Port, Ssl}, Addr, Opts) ->
    Host = Name ++ ".client.test",
    service(Name, Host, "client.test", Opts),
    true = diameter:subscribe(Name),
    {ok, _} = diameter:add_transport(
                Name, {connect, [{transport_module, diameter_tcp},
                                 {capabilities, inband(How)},
                                 {transport_config, [{raddr, Addr}, {rport, Port}, {nodelay, true} | secured(How, Ssl)]},
                                 {watchdog_timer, maps:get(watchdog, Opts, 30000)},
                                 {connect_timer, 3600000}]}),
    Result = receive
                 #diameter_event{service = Name, info = I} when element(1, I) == up ->
                     call(Name, Host, realm(Opts));
                 #diameter_event{service = Name, info = I} when element(1, I) == closed ->
                     closed;
                 #diameter_event{service = Name, info = I} when element(1, I) == reconnect ->
                     refused
             after 30000 -> silent
             end,
    io:format("KNOCK ~s ~0p~n", [Name, Result]),
    maps:get(stay, Opts, false) orelse diameter:stop_service(Name).

realm(Opts) ->
    list_to_binary(hd(maps:get(realms, Opts, ["example.net"]))).

%% A request every half second, until SIGTERM.
again(Host, Realm, Before) ->
    Now = call(cc, Host, Realm, 2000),
    Now == Before orelse io:format("result ~0p~n", [Now]),
    receive
        stop ->
            diameter:stop_service(cc),
            halt(0)
    after 500 ->
            again(Host, Realm, Now)
    end.

%% COUNT connections, one request on each.
fresh(Addr, Port, Count, Conc, Opts) ->
    service("client.test", "client.test", Opts),
    Ps = [spawn_monitor(fun() -> exit({done, fresh(I, Conc, Count, Addr, Port, Opts, #{})}) end)
          || I <- lists:seq(1, Conc)],
    Rs = lists:foldl(fun({P, MRef}, A) ->
                             receive
                                 {'DOWN', MRef, _, P, {done, M}} -> maps:fold(fun add/3, A, M);
                                 {'DOWN', MRef, _, P, X} -> A#{{died, X} => 1}
                             end
                     end, #{}, Ps),
    io:format("~w fresh connections, results ~0p~n", [Count, lists:sort(maps:to_list(Rs))]),
    halt(case Rs of #{2001 := Count} -> 0; _ -> 1 end).

fresh(I, _, Count, _, _, _, Acc) when I > Count ->
    Acc;
fresh(I, Step, Count, Addr, Port, Opts, Acc) ->
    Host = integer_to_list(I) ++ ".client.test",
    service(I, Host, "client.test", Opts),
    true = diameter:subscribe(I),
    connect(I, Addr, Port, Opts),
    Result = case up(I) of
                 true  -> call(I, Host, realm(Opts));
                 false -> not_connected
             end,
    diameter:stop_service(I),
    diameter:unsubscribe(I),
    fresh(I + Step, Step, Count, Addr, Port, Opts, add(Result, 1, Acc)).

add(K, N, A) -> maps:update_with(K, fun(V) -> V + N end, N, A).

loop(0, _, _, Acc) ->
    Acc;
loop(N, Host, Realm, Acc) ->
    loop(N - 1, Host, Realm, add(call(cc, Host, Realm), 1, Acc)).

call(Name, Host, Realm) ->
    call(Name, Host, Realm, 10000).

call(Name, Host, Realm, Timeout) ->
    Req = ['CCR' | #{'Session-Id' => diameter:session_id(Host),
                     'Origin-Host' => Host,
                     'Origin-Realm' => tl(lists:dropwhile(fun(C) -> C /= $. end, Host)),
                     'Destination-Realm' => Realm,
                     'Auth-Application-Id' => 4,
                     'Service-Context-Id' => "32251@3gpp.org",
                     'CC-Request-Type' => 1,
                     'CC-Request-Number' => 0,
                     'Subscription-Id' =>
                         [#{'Subscription-Id-Type' => 0,
                            'Subscription-Id-Data' => "15551234567"}],
                     'Multiple-Services-Credit-Control' =>
                         [#{'Requested-Service-Unit' =>
                                [#{'CC-Total-Octets' => [1048576]}],
                            'Rating-Group' => [1]}]}],
    case diameter:call(Name, cc, Req, [{timeout, Timeout}]) of
        #diameter_packet{errors = [], msg = [_ | #{'Result-Code' := C}]} -> C;
        #diameter_packet{errors = [], msg = M} when is_tuple(M) ->
            result_code(M);
        #diameter_packet{errors = Es} -> {errors, Es};
        T -> T
    end.

result_code(M) ->
    try ?DICT:'#get-'('Result-Code', M)
    catch error:_ -> ?BASE:'#get-'('Result-Code', M)
    end.

%% ------------------------------------------------------------- dictionary --

load_dictionary() ->
    {ok, [Forms]} = diameter_make:codec(dictionary(), [forms, return]),
    Bin = case compile:forms(Forms, [return]) of
              {ok, ?DICT, B}    -> B;
              {ok, ?DICT, B, _} -> B
          end,
    {module, ?DICT} = code:load_binary(?DICT, "otp_cc.beam", Bin).

%% The Credit-Control application (RFC 8506), the part that a charging load
%% generator usually sends. Anything else travels in * [ AVP ].
dictionary() ->
    "@id 4\n@name otp_cc\n@prefix cc\n"
    "@inherits diameter_gen_base_rfc6733\n"
    "@avp_types\n"
    " CC-Correlation-Id 411 OctetString -\n"
    " CC-Input-Octets 412 Unsigned64 M\n"
    " CC-Money 413 Grouped M\n"
    " CC-Output-Octets 414 Unsigned64 M\n"
    " CC-Request-Number 415 Unsigned32 M\n"
    " CC-Request-Type 416 Enumerated M\n"
    " CC-Service-Specific-Units 417 Unsigned64 M\n"
    " CC-Session-Failover 418 Enumerated M\n"
    " CC-Sub-Session-Id 419 Unsigned64 M\n"
    " CC-Time 420 Unsigned32 M\n"
    " CC-Total-Octets 421 Unsigned64 M\n"
    " Currency-Code 425 Unsigned32 M\n"
    " Exponent 429 Integer32 M\n"
    " Final-Unit-Action 449 Enumerated M\n"
    " Final-Unit-Indication 430 Grouped M\n"
    " Granted-Service-Unit 431 Grouped M\n"
    " Multiple-Services-Credit-Control 456 Grouped M\n"
    " Multiple-Services-Indicator 455 Enumerated M\n"
    " Rating-Group 432 Unsigned32 M\n"
    " Requested-Action 436 Enumerated M\n"
    " Requested-Service-Unit 437 Grouped M\n"
    " Service-Context-Id 461 UTF8String M\n"
    " Service-Identifier 439 Unsigned32 M\n"
    " Subscription-Id 443 Grouped M\n"
    " Subscription-Id-Data 444 UTF8String M\n"
    " Subscription-Id-Type 450 Enumerated M\n"
    " Unit-Value 445 Grouped M\n"
    " Used-Service-Unit 446 Grouped M\n"
    " User-Equipment-Info 458 Grouped -\n"
    " User-Equipment-Info-Type 459 Enumerated -\n"
    " User-Equipment-Info-Value 460 OctetString -\n"
    " Validity-Time 448 Unsigned32 M\n"
    " Value-Digits 447 Integer64 M\n"
    "@enum CC-Request-Type INITIAL 1 UPDATE 2 TERMINATION 3 EVENT 4\n"
    "@enum CC-Session-Failover NOT_SUPPORTED 0 SUPPORTED 1\n"
    "@enum Final-Unit-Action TERMINATE 0 REDIRECT 1 RESTRICT_ACCESS 2\n"
    "@enum Multiple-Services-Indicator NOT_SUPPORTED 0 SUPPORTED 1\n"
    "@enum Requested-Action DIRECT_DEBITING 0 REFUND_ACCOUNT 1\n"
    "  CHECK_BALANCE 2 PRICE_ENQUIRY 3\n"
    "@enum Subscription-Id-Type E164 0 IMSI 1 SIP_URI 2 NAI 3 PRIVATE 4\n"
    "@enum User-Equipment-Info-Type IMEISV 0 MAC 1 EUI64 2 MODIFIED_EUI64 3\n"
    "@grouped\n"
    " Subscription-Id ::= < AVP Header: 443 >\n"
    "  { Subscription-Id-Type } { Subscription-Id-Data } * [ AVP ]\n"
    " User-Equipment-Info ::= < AVP Header: 458 >\n"
    "  { User-Equipment-Info-Type } { User-Equipment-Info-Value } * [ AVP ]\n"
    " Unit-Value ::= < AVP Header: 445 > { Value-Digits } [ Exponent ] * [ AVP ]\n"
    " CC-Money ::= < AVP Header: 413 > { Unit-Value } [ Currency-Code ] * [ AVP ]\n"
    " Requested-Service-Unit ::= < AVP Header: 437 >\n"
    "  [ CC-Time ] [ CC-Money ] [ CC-Total-Octets ] [ CC-Input-Octets ]\n"
    "  [ CC-Output-Octets ] [ CC-Service-Specific-Units ] * [ AVP ]\n"
    " Used-Service-Unit ::= < AVP Header: 446 >\n"
    "  [ CC-Time ] [ CC-Money ] [ CC-Total-Octets ] [ CC-Input-Octets ]\n"
    "  [ CC-Output-Octets ] [ CC-Service-Specific-Units ] * [ AVP ]\n"
    " Granted-Service-Unit ::= < AVP Header: 431 >\n"
    "  [ CC-Time ] [ CC-Money ] [ CC-Total-Octets ] [ CC-Input-Octets ]\n"
    "  [ CC-Output-Octets ] [ CC-Service-Specific-Units ] * [ AVP ]\n"
    " Final-Unit-Indication ::= < AVP Header: 430 >\n"
    "  { Final-Unit-Action } * [ AVP ]\n"
    " Multiple-Services-Credit-Control ::= < AVP Header: 456 >\n"
    "  [ Granted-Service-Unit ] [ Requested-Service-Unit ]\n"
    "  * [ Used-Service-Unit ] * [ Service-Identifier ] [ Rating-Group ]\n"
    "  [ Validity-Time ] [ Result-Code ] [ Final-Unit-Indication ] * [ AVP ]\n"
    "@messages\n"
    " CCR ::= < Diameter Header: 272, REQ, PXY > < Session-Id >\n"
    "  { Origin-Host } { Origin-Realm } { Destination-Realm }\n"
    "  { Auth-Application-Id } { Service-Context-Id } { CC-Request-Type }\n"
    "  { CC-Request-Number } [ Destination-Host ] [ User-Name ]\n"
    "  [ CC-Sub-Session-Id ] [ Acct-Multi-Session-Id ] [ Origin-State-Id ]\n"
    "  [ Event-Timestamp ] * [ Subscription-Id ] [ Service-Identifier ]\n"
    "  [ Termination-Cause ] [ Requested-Service-Unit ] [ Requested-Action ]\n"
    "  * [ Used-Service-Unit ] [ Multiple-Services-Indicator ]\n"
    "  * [ Multiple-Services-Credit-Control ] [ CC-Correlation-Id ]\n"
    "  [ User-Equipment-Info ] * [ Proxy-Info ] * [ Route-Record ] * [ AVP ]\n"
    " CCA ::= < Diameter Header: 272, PXY > < Session-Id >\n"
    "  { Result-Code } { Origin-Host } { Origin-Realm } { Auth-Application-Id }\n"
    "  { CC-Request-Type } { CC-Request-Number } [ User-Name ]\n"
    "  [ CC-Session-Failover ] [ CC-Sub-Session-Id ] [ Acct-Multi-Session-Id ]\n"
    "  [ Origin-State-Id ] [ Event-Timestamp ] [ Granted-Service-Unit ]\n"
    "  * [ Multiple-Services-Credit-Control ] [ Final-Unit-Indication ]\n"
    "  [ Validity-Time ] * [ Redirect-Host ] [ Redirect-Host-Usage ]\n"
    "  [ Redirect-Max-Cache-Time ] * [ Proxy-Info ] * [ Route-Record ]\n"
    "  * [ Failed-AVP ] * [ AVP ]\n".
