%% A peer on Erlang/OTP's diameter over SCTP (diameter_sctp, gen_sctp). It listens, and it connects.
%%
%%   erl -run otp_peer main LISTEN CONNECT COUNT
%%
%% "READY" goes to stdout when answerer.otp.test listens at port LISTEN. Then asker.otp.test connects to port CONNECT, again every
%% second until somebody is there, asks COUNT times, says nothing for a while so that watchdogs come, and leaves. At last answerer.otp.test
%% asks as often the one that has connected to it as dialer.example.net. "ASKED WHO [{RESULT,TIMES}]" tells what came of it, "LEFT" that asker
%% is gone. SIGTERM ends it.
%%
%% Both have the addresses 127.0.0.1 and 127.0.0.2, and send unordered and on all streams.

-module(otp_peer).
-export([main/1]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3, handle_answer/4, handle_error/4,
         handle_request/3]).
-export([settle/2]).

-include_lib("diameter/include/diameter.hrl").

-define(AT_ONCE, 8).
-define(IDLE_MS, 9000). %% more than a watchdog of 6 s, which comes up to 2 s late

main([Listen, Connect, Count]) ->
    spawn(fun() -> run(list_to_integer(Listen), list_to_integer(Connect), list_to_integer(Count)) end).

run(Listen, Connect, Count) ->
    logger:set_primary_config(level, error),
    ok = diameter:start(),
    start(answerer),
    start(asker),
    true = diameter:subscribe(asker),
    %% OTP drops, without a word, a request that comes within a millisecond of its CEA: this one goes late.
    {ok, _} = diameter:add_transport(answerer, {listen, transport(6000, [{port, Listen}, {message_cb, {?MODULE, settle, []}}])}),
    io:format("READY~n"),
    {ok, _} = diameter:add_transport(asker, {connect, [{connect_timer, 1000}
                                                       | transport(30000, [{raddr, {127,0,0,1}}, {rport, Connect}])]}),
    receive
        #diameter_event{service = asker, info = I} when element(1, I) == up -> ok
    after 60000 -> io:format("FAIL no connection~n"), halt(1)
    end,
    ask(asker, "server.example.net", Count),
    timer:sleep(?IDLE_MS),
    ok = diameter:stop_service(asker),
    io:format("LEFT~n"),
    ask(answerer, "dialer.example.net", Count).

start(Name) ->
    ok = diameter:start_service(
           Name,
           [{'Origin-Host', host(Name)},
            {'Origin-Realm', "otp.test"},
            {'Vendor-Id', 0},
            {'Product-Name', "otp-diameter"},
            {'Auth-Application-Id', [4]},
            {restrict_connections, false},
            {string_decode, false},
            {strict_mbit, false},
            {decode_format, map},
            {application, [{alias, common}, {dictionary, diameter_gen_base_rfc6733}, {module, ?MODULE}]},
            {application, [{alias, cc}, {dictionary, otp_cc}, {module, ?MODULE}]}]).

host(Name) -> atom_to_list(Name) ++ ".otp.test".

transport(Watchdog, Config) ->
    [{transport_module, diameter_sctp},
     {watchdog_timer, Watchdog},
     {transport_config, [{ip, {127,0,0,1}}, {ip, {127,0,0,2}}, {unordered, true} | Config]}].

%% The first message out is the CEA.
settle(send, Msg)   -> [{defer, 20, [Msg]} | false];
settle(recv, Msg)   -> [Msg];
settle(ack, _)      -> [].

%% ---- Asking ----

ask(Name, Host, Count) ->
    Askers = [spawn_monitor(fun() -> exit([call(Name, Host) || _ <- lists:seq(1, Count div ?AT_ONCE)]) end)
              || _ <- lists:seq(1, ?AT_ONCE)],
    Results = lists:append([receive {'DOWN', Ref, _, _, R} -> R end || {_, Ref} <- Askers]),
    io:format("ASKED ~s ~0p~n", [Host, [{R, length([1 || X <- Results, X == R])} || R <- lists:usort(Results)]]).

call(Name, Host) ->
    Request = ['CCR' | #{'Session-Id' => diameter:session_id(host(Name)),
                         'Origin-Host' => host(Name),
                         'Origin-Realm' => "otp.test",
                         'Destination-Realm' => "example.net",
                         'Auth-Application-Id' => 4,
                         'Service-Context-Id' => "32251@3gpp.org",
                         'CC-Request-Type' => 1,
                         'CC-Request-Number' => 0}],
    case diameter:call(Name, cc, Request, [{timeout, 10000}, {filter, {host, Host}}]) of
        ['CCA' | #{'Result-Code' := Code}] -> Code;
        Other                              -> Other
    end.

%% ---- Callbacks ----

peer_up(_, _, S)              -> S.
peer_down(_, _, S)            -> S.
pick_peer([P | _], _, _, _)   -> {ok, P};
pick_peer(_, _, _, _)         -> false.
prepare_request(Pkt, _, _)    -> {send, Pkt}.
prepare_retransmit(Pkt, _, _) -> {send, Pkt}.
handle_error(Reason, _, _, _) -> {error, Reason}.

handle_answer(#diameter_packet{errors = [], msg = Msg}, _, _, _) -> Msg;
handle_answer(#diameter_packet{errors = Errors}, _, _, _)        -> {errors, Errors}.

handle_request(#diameter_packet{errors = [], msg = ['CCR' | Request]}, _, {_, Caps}) ->
    #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}} = Caps,
    {reply, ['CCA' | (maps:with(['Session-Id', 'CC-Request-Type', 'CC-Request-Number'], Request))
                         #{'Result-Code' => 2001,
                           'Origin-Host' => Host,
                           'Origin-Realm' => Realm,
                           'Auth-Application-Id' => 4}]};
handle_request(_, _, _) ->
    {answer_message, 5012}.
